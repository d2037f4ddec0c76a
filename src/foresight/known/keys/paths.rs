//! The files among the values of a key, without what programs write around them.

use crate::inspect::Entry;

/// What may be before a path in a value.
const BEFORE: [&str; 13] = [
    "unix://", "unix:", "unix@", "unix/", "file://", "file:", "stdio:", "daemon:", "tcp+tls:",
    "local:", "sqlite:", "<", "@",
];

/// A word that may name a file.
pub(super) struct Named<'e> {
    /// The word, without what is around the path.
    pub path: String,
    /// The word before it, if that is a name.
    pub label: Option<&'e str>,
    /// Whether it is a program that is started.
    pub is_started: bool,
}

/// The words of an entry that may name files.
pub(super) fn named(entry: &Entry) -> Vec<Named<'_>> {
    // A condition in braces counts as a key.
    let texts = std::iter::once(&entry.key).chain(&entry.values);
    let mut all: Vec<_> = texts.flat_map(|text| looked_up(text)).collect();
    let mut label = None;
    for value in &entry.values {
        if let Some(path) = piped(value) {
            let is_started = true;
            all.push(Named {
                path,
                label,
                is_started,
            });
            break;
        }
        for word in value.split(',') {
            all.extend(path(word.trim()).map(|path| Named {
                path,
                label,
                is_started: false,
            }));
        }
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        label = Some(value.as_str()).filter(|value| value.chars().all(is_name));
    }
    all
}

/// The files in which an expression of haproxy looks something up: `%[req.hdr(host),map_dom(/etc/web.map,web)]`.
fn looked_up(text: &str) -> impl Iterator<Item = Named<'static>> {
    text.split(',').filter_map(|call| {
        let (name, arguments) = call.split_once('(')?;
        let is_map = name.rsplit(['[', '{', ' ']).next()?.split('_').next()? == "map";
        let path = arguments.split(')').next().filter(|_| is_map)?;
        path.starts_with('/').then(|| Named {
            path: path.to_owned(),
            label: Some("map"),
            is_started: false,
        })
    })
}

/// The program that gets what is written: `|/bin/rotatelogs -f x`.
fn piped(value: &str) -> Option<String> {
    let command = value.trim_start().strip_prefix('|')?;
    let mut words = command.trim_start_matches(['|', '$']).split_whitespace();
    let program = words.next().filter(|word| word.starts_with('/'))?;
    Some(program.to_owned())
}

/// The path in a word; `None` for what a program replaces before it opens the file, and for lists of paths.
fn path(word: &str) -> Option<String> {
    let word = without_mode(word);
    let inner = BEFORE.iter().find_map(|before| word.strip_prefix(before));
    let inner = inner.or_else(|| typed(word));
    let path = match inner {
        // The socket's mode or the like is behind its path.
        Some(inner) => inner.split(':').next().unwrap_or_default(),
        None => word,
    };
    let is_plain = !path.is_empty()
        && !path.contains(|c: char| "$%{}<>|;:\"'()\\".contains(c) || c.is_whitespace());
    is_plain.then(|| path.to_owned())
}

/// The path behind the type of a table, or behind several: `refile:/etc/mail/keys`, `proxy:hash:/etc/aliases`.
fn typed(word: &str) -> Option<&str> {
    let (kind, path) = word.split_once(":/")?;
    let is_name = |kind: &str| {
        kind.starts_with(|c: char| c.is_ascii_lowercase())
            && kind.len() > 1
            && kind
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"+-_".contains(&byte))
    };
    let is_path = !path.is_empty() && !path.starts_with('/') && !path.contains(':');
    (kind.split(':').all(is_name) && is_path).then(|| &word[kind.len() + 1..])
}

/// A word without the mode of the socket that is made there: `/run/web.sock 0660`.
fn without_mode(word: &str) -> &str {
    let is_mode = |text: &str| {
        matches!(text.len(), 3 | 4) && text.bytes().all(|byte| (b'0'..=b'7').contains(&byte))
    };
    match word.rsplit_once(' ') {
        Some((path, mode)) if is_mode(mode) => path.trim_end(),
        _ => word,
    }
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn modes_are_no_part_of_a_path() {
        for (word, expected) in [
            ("/run/web.sock 0660", Some("/run/web.sock")),
            ("unix:/run/web.sock:660", Some("/run/web.sock")),
            ("/run/web.sock 0890", None),
            ("/srv/a b", None),
            ("refile:/etc/a", Some("/etc/a")),
            ("proxy:hash:/etc/a", Some("/etc/a")),
            ("http://a/etc", None),
            ("C:/a", None),
            ("web:x:/home/web:/bin/sh", None),
        ] {
            assert_eq!(path(word).as_deref(), expected, "{word}");
        }
    }
}
