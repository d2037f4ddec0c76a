//! Properties of what reads and writes foreign syntax: graphs, commands, words of systemd, unit files.

mod extract;
mod graphs;
mod texts;

use proptest::test_runner::TestCaseError;

/// For `?` in properties.
fn fail(error: impl Into<anyhow::Error>) -> TestCaseError {
    TestCaseError::fail(format!("{:#}", error.into()))
}
