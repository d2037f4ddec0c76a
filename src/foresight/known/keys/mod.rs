//! What keys of configurations mean: which of their values are files, and what a program does to these.

mod guess;
mod hosts;
mod paths;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use self::guess::is_likely;
pub(in crate::foresight) use self::guess::words;
pub(in crate::foresight) use self::hosts::hosts;
use self::paths::{Named, named};
use super::Use;
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

/// What the keys of one program mean.
#[derive(Default)]
struct Keys {
    meanings: BTreeMap<String, Meaning>,
    /// Whether all other keys name no files that it needs.
    is_whole: bool,
}

static PROGRAMS: LazyLock<BTreeMap<&'static str, Arc<Keys>>> =
    LazyLock::new(|| read(include_str!("programs.txt")));

/// The files that a value of a configuration names. `program`: who reads it, by the name of its file.
pub(in crate::foresight) fn mentions(program: &str, entry: &Entry) -> Vec<Mention> {
    let keys = PROGRAMS.get(unversioned(program));
    let all = named(entry).into_iter();
    let mentions = all.filter_map(|Named { path, label }| {
        let meaning = match keys.and_then(|keys| keys.meaning(entry, label)) {
            Some(meaning) => meaning,
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

impl Keys {
    /// Learns a row of the table.
    fn learn(&mut self, row: &str) {
        let Some((kind, keys)) = row.split_once(": ") else {
            self.is_whole |= row == "only";
            return;
        };
        let meaning = match kind {
            "includes" => Meaning::Includes(Pattern::File),
            "includes-dir" => Meaning::Includes(Pattern::FileAndDirectory),
            "includes-glob" => Meaning::Includes(Pattern::Directory),
            "includes-any" => Meaning::Includes(Pattern::Nothing),
            "reads" => Meaning::Needs(Use::Reads),
            "reads-one" => Meaning::NeedsOne,
            "makes" => Meaning::Needs(Use::Makes),
            "makes-all" => Meaning::Needs(Use::MakesDirectory(true)),
            "tries" => Meaning::Tries,
            _ => Meaning::Ignores,
        };
        let keys = keys.split_whitespace();
        self.meanings
            .extend(keys.map(|key| (key.to_owned(), meaning)));
    }

    fn meaning(&self, entry: &Entry, label: Option<&str>) -> Option<Meaning> {
        let key = normal(&entry.key);
        let in_block = format!("{}/{key}", normal(&entry.within));
        let label = label.map(normal);
        let by_label = label.and_then(|label| self.meanings.get(&label));
        let meaning = self.meanings.get(&in_block).or(by_label);
        meaning.or_else(|| self.meanings.get(&key)).copied()
    }
}

/// A key as the table has it.
fn normal(key: &str) -> String {
    key.to_lowercase().replace(['-', ' '], "_")
}

/// The name of a program without its version and the marks of a wrapper: `php-fpm8.2` is `php-fpm`, and `.web-wrapped` is `web`.
fn unversioned(name: &str) -> &str {
    let inner = name.strip_prefix('.');
    let hidden = inner.and_then(|rest| rest.trim_end_matches('_').strip_suffix("-wrapped"));
    let name = hidden.unwrap_or(name);
    if PROGRAMS.contains_key(name) {
        return name;
    }
    let digits = |c: char| c.is_ascii_digit() || c == '.';
    name.trim_end_matches(digits).trim_end_matches('-')
}

/// Reads the table: a paragraph for each program.
fn read(table: &'static str) -> BTreeMap<&'static str, Arc<Keys>> {
    let paragraphs = table.split("\n\n");
    let programs = paragraphs.filter(|paragraph| !paragraph.starts_with('#'));
    let named = programs.flat_map(|paragraph| {
        let mut lines = paragraph.lines();
        let names = lines.next().unwrap_or_default();
        let mut keys = Keys::default();
        for row in lines {
            keys.learn(row.trim());
        }
        let keys = Arc::new(keys);
        let names = names.split_whitespace();
        names.map(move |name| (name, keys.clone()))
    });
    named.collect()
}

#[cfg(test)]
mod tests;
