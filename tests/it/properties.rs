//! Properties of the readers and writers of foreign syntax: graphs, commands, words of systemd, unit files.

mod extract;
mod graphs;
mod texts;

use proptest::test_runner::TestCaseError;

/// Allows `?` in properties.
fn fail(error: impl Into<anyhow::Error>) -> TestCaseError {
    TestCaseError::fail(format!("{:#}", error.into()))
}
