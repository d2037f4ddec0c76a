//! What keys of configurations mean: which of their values are files, and what a program does to these.

mod guess;
mod hosts;
mod paths;

use self::guess::is_likely;
pub(in crate::foresight) use self::guess::words;
pub(in crate::foresight) use self::hosts::hosts;
use self::paths::{Named, named};
use super::Use;
use crate::config::{KeyMeaning, Keys};
use crate::inspect::Entry;

/// What a program does to a file that its configuration names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::foresight) enum Meaning {
    /// It reads another configuration there.
    Includes(Pattern),
    /// It does this, and fails if it can't.
    Needs(Use),
    /// It reads this, and fails if it can read none of those that the key names.
    NeedsOne,
    /// It goes on without it, but says so; or nothing is known of the key.
    Tries,
    /// It goes on without it.
    Ignores,
}

/// What of a pattern has to exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::foresight) enum Pattern {
    /// Nothing, and no file without a pattern either.
    Nothing,
    /// A file without a pattern.
    File,
    /// A file without a pattern, and the directory of a pattern.
    FileAndDirectory,
    /// The directory of a pattern.
    Directory,
}

/// A file that a configuration names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::foresight) struct Mention {
    /// Its path, as it is written; a pattern only for [`Meaning::Includes`].
    pub path: String,
    /// What the program does to it.
    pub meaning: Meaning,
    /// The key, for messages.
    pub key: String,
    /// The line, from 1.
    pub line: usize,
}

/// Keys of lighttpd, which goes on without the program that gets its log.
const GO_ON: [&str; 3] = [
    "accesslog.filename",
    "server.breakagelog",
    "server.errorlog",
];

/// The files that a value of a configuration names. `keys`: what is known of the program that reads it.
pub(in crate::foresight) fn mentions(keys: Option<&Keys>, entry: &Entry) -> Vec<Mention> {
    let all = named(entry).into_iter();
    let mentions = all.filter_map(|named| {
        let Named {
            path,
            label,
            is_started,
        } = named;
        let known = keys.and_then(|keys| keys.meaning(&entry.within, &entry.key, label));
        let meaning = match known {
            Some(_) if is_started && GO_ON.contains(&entry.key.as_str()) => Meaning::Tries,
            Some(_) if is_started => Meaning::Needs(Use::Reads),
            Some(known) => meaning(known),
            None if keys.is_some_and(|keys| keys.is_whole) => Meaning::Ignores,
            None if is_likely(entry, &path) => Meaning::Tries,
            None => Meaning::Ignores,
        };
        let is_pattern = path.contains(['*', '?', '[']);
        let is_meant = meaning != Meaning::Ignores
            && (matches!(meaning, Meaning::Includes(_)) || path.starts_with('/') && !is_pattern);
        is_meant.then(|| Mention {
            path,
            meaning,
            key: entry.key.clone(),
            line: entry.line,
        })
    });
    mentions.collect()
}

/// What an entry of the table of programs means here.
fn meaning(known: KeyMeaning) -> Meaning {
    match known {
        KeyMeaning::Includes => Meaning::Includes(Pattern::File),
        KeyMeaning::IncludesAny => Meaning::Includes(Pattern::Nothing),
        KeyMeaning::IncludesDir => Meaning::Includes(Pattern::FileAndDirectory),
        KeyMeaning::IncludesGlob => Meaning::Includes(Pattern::Directory),
        KeyMeaning::Reads => Meaning::Needs(Use::Reads),
        KeyMeaning::ReadsOne => Meaning::NeedsOne,
        KeyMeaning::Makes => Meaning::Needs(Use::Makes),
        KeyMeaning::MakesAll => Meaning::Needs(Use::MakesDirectory(true)),
        KeyMeaning::Tries => Meaning::Tries,
        KeyMeaning::Ignores => Meaning::Ignores,
    }
}

#[cfg(test)]
mod tests;
