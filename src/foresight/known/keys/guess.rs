//! Keys of which nothing is known: whether what they name is most likely needed.

use crate::inspect::{Entry, RUNTIME, is_of_host};

/// Words of keys whose values are no files, or files that a program opens when somebody asks for them.
const SPARE: &[&str] = &[
    "alias",
    "allow",
    "allowed",
    "backup",
    "banner",
    "bash",
    "collector",
    "command",
    "comment",
    "css",
    "deny",
    "description",
    "docroot",
    "documentroot",
    "drift",
    "driftfile",
    "dump",
    "env",
    "environment",
    "example",
    "exclude",
    "excludes",
    "filter",
    "help",
    "home",
    "htdocs",
    "ignore",
    "ignored",
    "label",
    "location",
    "match",
    "message",
    "metrics",
    "mime",
    "motd",
    "mount",
    "mountpoint",
    "pattern",
    "prefix",
    "regex",
    "request",
    "root",
    "route",
    "rule",
    "shell",
    "static",
    "summary",
    "target",
    "targets",
    "title",
    "uri",
    "url",
    "watch",
    "webroot",
    "www",
];

/// Whether the program most likely needs a file that its configuration names.
pub(super) fn is_likely(entry: &Entry, path: &str) -> bool {
    let is_of_host = is_of_host(path, &[&RUNTIME]) && !path.ends_with('/');
    is_of_host && !words(&entry.key).any(|word| SPARE.contains(&word.as_str()))
}

/// The words of a key, in lower case: those of `sslCertFile` are `ssl`, `cert` and `file`.
pub(in crate::foresight) fn words(key: &str) -> impl Iterator<Item = String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in key.chars() {
        let is_end = !c.is_ascii_alphanumeric() || c.is_ascii_uppercase() && was_lower;
        if is_end {
            words.push(String::new());
        }
        if c.is_ascii_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.push(c.to_ascii_lowercase());
        }
        was_lower = c.is_ascii_lowercase();
    }
    words.into_iter().filter(|word| !word.is_empty())
}
