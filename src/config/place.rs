//! Places in files.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::Serialize;

/// A place in a text file, counted as in editors: lines and columns from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// The file, as the user named it.
    pub file: Arc<str>,
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Place {
    /// Returns the start of a file.
    pub fn start(file: &str) -> Self {
        Self {
            file: file.into(),
            line: 1,
            column: 1,
        }
    }

    /// Returns the place of a byte range in `text`, the content of `file`.
    pub fn of(file: &Arc<str>, text: &str, span: &Range<usize>) -> Self {
        Places::new(file, text).at(span)
    }
}

/// Finds many places in one text without counting from its start each time.
pub struct Places<'t> {
    file: Arc<str>,
    text: &'t str,
    /// Offset, line and column of intermediate places, in order.
    marks: Vec<(usize, usize, usize)>,
}

/// The maximum distance between marks, in bytes.
const STEP: usize = 1024;

impl<'t> Places<'t> {
    /// Creates a finder for `text`, the content of `file`.
    pub fn new(file: &Arc<str>, text: &'t str) -> Self {
        let mut marks = vec![(0, 1, 1)];
        let (mut line, mut column, mut marked) = (1, 1, 0);
        for (at, c) in text.char_indices() {
            if at >= marked + STEP {
                marks.push((at, line, column));
                marked = at;
            }
            if c == '\n' {
                line += 1;
                column = 1;
            } else {
                column += 1;
            }
        }
        Self {
            file: file.clone(),
            text,
            marks,
        }
    }

    /// Returns the place of a byte range.
    pub fn at(&self, span: &Range<usize>) -> Place {
        let end = Some(span.start).filter(|at| self.text.is_char_boundary(*at));
        let end = end.unwrap_or(self.text.len());
        let next = self.marks.partition_point(|(at, ..)| *at <= end);
        let (start, mut line, mut column) = self.marks[next.saturating_sub(1)];
        for c in self.text[start..end].chars() {
            if c == '\n' {
                line += 1;
                column = 1;
            } else {
                column += 1;
            }
        }
        Place {
            file: self.file.clone(),
            line,
            column,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_are_counted_in_characters() {
        let file: Arc<str> = "f".into();
        let text = format!("a\né{}x\n\n{}", "ü".repeat(3000), "line\n".repeat(1000));
        let places = Places::new(&file, &text);
        for (at, _) in text.char_indices() {
            let before = &text[..at];
            let start = before.rfind('\n').map_or(0, |at| at + 1);
            let place = places.at(&(at..at));
            let expected = (
                before.matches('\n').count() + 1,
                before[start..].chars().count() + 1,
            );
            assert_eq!((place.line, place.column), expected);
        }
        assert_eq!(places.at(&(1 << 30..1 << 30)).line, 1004);
    }
}
