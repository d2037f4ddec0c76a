//! Differences between a bundle and what confinix writes.

use std::fmt;
use std::path::Path;

use serde_json::Value;

use super::BUNDLE_FILE;

/// A difference between a bundle and what confinix writes for its services.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// `bundle.json` was changed: its seal does not match.
    Seal,
    /// `bundle.json` contradicts itself, or contains what no bundle contains.
    Data {
        /// The path of keys to the value, empty for the whole document.
        place: String,
        /// What is wrong, with what is expected and what was found.
        problem: String,
    },
    /// A file differs from the one that `bundle.json` lists.
    Changed(String, Mismatch),
    /// A file is the one that `bundle.json` lists, but differs from the one that confinix writes.
    Rewritten(String, Mismatch),
    /// A file is missing.
    Missing(String),
    /// Something other than a file is at its path.
    NoFile(String),
    /// A file does not belong to the bundle.
    Foreign(String),
    /// Others can change a file or directory, or it is set-id.
    Open(String, String),
}

/// Where the content of a file first differs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mismatch {
    /// In text.
    Line {
        /// The line, counted from 1.
        number: usize,
        /// What confinix writes there; `None` after the end.
        expected: Option<String>,
        /// What was found there.
        found: Option<String>,
    },
    /// In an image: the offset of the byte, counted from 0.
    Byte(usize),
    /// The size differs so much that the content was not read; sizes in bytes.
    Size {
        /// What confinix writes.
        expected: u64,
        /// What was found there.
        found: u64,
    },
}

impl Mismatch {
    /// Where `found` first differs from `expected`; `None` if they are equal.
    pub fn between(expected: &[u8], found: &[u8]) -> Option<Self> {
        if expected == found {
            return None;
        }
        let at = expected.iter().zip(found).take_while(|(a, b)| a == b);
        let at = at.count();
        if expected.contains(&0) {
            return Some(Self::Byte(at));
        }
        let start = expected[..at].iter().rposition(|byte| *byte == b'\n');
        let start = start.map_or(0, |newline| newline + 1);
        let line = |content: &[u8]| {
            let rest = content.get(start..).filter(|rest| !rest.is_empty())?;
            let line = rest.split(|byte| *byte == b'\n').next()?;
            Some(String::from_utf8_lossy(line).into_owned())
        };
        Some(Self::Line {
            number: expected[..start].split(|byte| *byte == b'\n').count(),
            expected: line(expected),
            found: line(found),
        })
    }
}

impl Difference {
    /// A difference at a place in `bundle.json`.
    pub fn data(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Data {
            place: place.into(),
            problem: problem.into(),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seal => write!(
                f,
                "{BUNDLE_FILE}: the seal does not match: the file was changed after confinix wrote it"
            ),
            Self::Data { place, problem } if place.is_empty() => {
                write!(f, "{BUNDLE_FILE}: {}", printable(problem))
            }
            Self::Data { place, problem } => {
                let (place, problem) = (printable(place), printable(problem));
                write!(f, "{BUNDLE_FILE}: {place}: {problem}")
            }
            Self::Changed(path, mismatch) => {
                write!(f, "{path}: changed after it was written: {mismatch}")
            }
            Self::Rewritten(path, mismatch) => {
                write!(f, "{path}: not what confinix writes: {mismatch}")
            }
            Self::Missing(path) => write!(f, "{path}: missing"),
            Self::NoFile(path) => write!(f, "{path}: not a regular file"),
            Self::Foreign(path) => write!(f, "{path}: does not belong to the bundle"),
            Self::Open(path, problem) => write!(f, "{path}: {problem}"),
        }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |line: &Option<String>| match line {
            Some(text) => format!("\"{}\"", printable(&shortened(text))),
            None => "the end of the file".to_owned(),
        };
        match self {
            Self::Line {
                number,
                expected,
                found,
            } => write!(
                f,
                "line {number}: expected {}, found {}",
                line(expected),
                line(found)
            ),
            Self::Byte(at) => write!(f, "another image from byte {at} on"),
            Self::Size { expected, found } => {
                write!(f, "expected {expected} bytes, found {found}")
            }
        }
    }
}

/// Where two values differ, as deep as possible; at most `most` places. `place` is the path of both values.
pub fn between(
    place: &str,
    expected: Option<&Value>,
    found: Option<&Value>,
    most: usize,
    differences: &mut Vec<Difference>,
) {
    if expected == found || differences.len() >= most {
        return;
    }
    match (expected, found) {
        (Some(Value::Object(expected)), Some(Value::Object(found))) => {
            let keys = expected.keys();
            let others = found.keys().filter(|key| !expected.contains_key(*key));
            for key in keys.chain(others) {
                let place = within(place, key);
                between(&place, expected.get(key), found.get(key), most, differences);
            }
        }
        (Some(Value::Array(expected)), Some(Value::Array(found))) => {
            for at in 0..expected.len().max(found.len()) {
                let place = format!("{place}[{at}]");
                between(&place, expected.get(at), found.get(at), most, differences);
            }
        }
        _ => {
            let text = |value: Option<&Value>| match value {
                Some(value) => shortened(&value.to_string()),
                None => "nothing".to_owned(),
            };
            let problem = format!("expected {}, found {}", text(expected), text(found));
            differences.push(Difference::data(place, problem));
        }
    }
}

/// The place of a key at another place.
pub fn within(place: &str, key: &str) -> String {
    let is_plain = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match (place, is_plain) {
        ("", true) => key.to_owned(),
        ("", false) => format!("{key:?}"),
        (_, true) => format!("{place}.{key}"),
        (_, false) => format!("{place}.{key:?}"),
    }
}

/// Shortened, but long enough to recognise.
fn shortened(text: &str) -> String {
    const MOST: usize = 160;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The text may come from anyone. Control characters are escaped, and so is everything that is not ASCII, because it could
/// imitate a name that confinix writes: those are all ASCII.
pub fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '…' || c == ' ' || c.is_ascii_graphic() {
            printable.push(c);
        } else {
            printable.extend(c.escape_default());
        }
    }
    printable
}

/// The same for a path, which may not be UTF-8.
pub fn printable_path(path: &Path) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        text.push_str(&printable(chunk.valid()));
        text.push_str(&chunk.invalid().escape_ascii().to_string());
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_line_that_differs_is_named() {
        let told = |expected: &str, found: &str| {
            Mismatch::between(expected.as_bytes(), found.as_bytes())
                .map(|mismatch| mismatch.to_string())
        };
        assert_eq!(told("a\nb\n", "a\nb\n"), None);
        let expected = [
            (
                "a\nb\nc\n",
                "a\nx\u{1b}\nc\n",
                r#"line 2: expected "b", found "x\u{1b}""#,
            ),
            (
                "a\nb\n",
                "a\n",
                r#"line 2: expected "b", found the end of the file"#,
            ),
            (
                "a\n",
                "a\nb\n",
                r#"line 2: expected the end of the file, found "b""#,
            ),
            ("a\n", "a", r#"line 1: expected "a", found "a""#),
            ("a\0b", "a\0c", "another image from byte 2 on"),
        ];
        for (expected, found, line) in expected {
            assert_eq!(told(expected, found).as_deref(), Some(line));
        }
    }

    #[test]
    fn values_are_compared_place_by_place() {
        let mut differences = Vec::new();
        let expected = json!({ "a": [1, 2], "b.c": { "d": true } });
        let found = json!({ "a": [1, 3, "x\u{1b}ä"], "b.c": {}, "e": null });
        between("", Some(&expected), Some(&found), 10, &mut differences);
        let told: Vec<_> = differences.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "bundle.json: a[1]: expected 2, found 3",
                r#"bundle.json: a[2]: expected nothing, found "x\u001b\u{e4}""#,
                r#"bundle.json: "b.c".d: expected true, found nothing"#,
                "bundle.json: e: expected nothing, found null",
            ]
        );
    }
}
