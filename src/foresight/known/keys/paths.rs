//! The files among the values of a key, without what programs write around them.

use crate::inspect::Entry;

/// What may be before a path in a value.
const BEFORE: [&str; 12] = [
    "unix://", "unix:", "unix@", "file://", "file:", "stdio:", "daemon:", "tcp+tls:", "local:",
    "sqlite:", "<", "@",
];

/// A word that may name a file.
pub(super) struct Named<'e> {
    /// The word, without what is around the path.
    pub path: String,
    /// The word before it, if that is a name.
    pub label: Option<&'e str>,
}

/// The words of an entry that may name files.
pub(super) fn named(entry: &Entry) -> Vec<Named<'_>> {
    let mut all = Vec::new();
    let mut label = None;
    for value in &entry.values {
        for word in value.split(',') {
            if let Some(path) = path(word.trim()) {
                all.push(Named { path, label });
            }
        }
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        label = Some(value.as_str()).filter(|value| value.chars().all(is_name));
    }
    all
}

/// The path in a word; `None` for what a program replaces before it opens the file, and for lists of paths.
fn path(word: &str) -> Option<String> {
    let inner = BEFORE.iter().find_map(|before| word.strip_prefix(before));
    let path = match inner {
        // The socket's mode or the like is behind its path.
        Some(inner) => inner.split(':').next().unwrap_or_default(),
        None => word,
    };
    let is_plain = !path.is_empty()
        && !path.contains(|c: char| "$%{}<>|;:\"'()\\".contains(c) || c.is_whitespace());
    is_plain.then(|| path.to_owned())
}
