//! Errors that have lines.

use std::fmt;

/// A message in several lines. In any other error, a newline is taken for one of a name or a value, and shown as such.
#[derive(Debug)]
pub struct InLines(pub String);

impl fmt::Display for InLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InLines {}
