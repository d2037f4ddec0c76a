//! Errors with several lines.

use std::fmt;

/// A message of several lines. In any other error, a newline counts as part of a name or a value, and is shown escaped.
#[derive(Debug)]
pub struct InLines(pub String);

impl fmt::Display for InLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InLines {}
