//! What a configuration says of the keys that the table of programs has.

use super::super::Effect;
use super::told::Told;
use crate::config::{KeyMeaning, Keys, normal_key as normal};
use crate::inspect::Entry;

/// Keys by which most configurations include others.
const INCLUDES: [&str; 5] = ["include", "includedir", "include_dir", "!include", "files"];

/// What a configuration says.
pub(super) struct Configured<'a> {
    path: &'a str,
    entries: &'a [Entry],
    /// Whether it includes others.
    is_open: bool,
}

impl<'a> Configured<'a> {
    /// `keys`: what is known of the keys of the program.
    pub fn new(path: &'a str, entries: &'a [Entry], keys: &Keys) -> Self {
        let includes = |entry: &Entry| {
            INCLUDES.contains(&normal(&entry.key).as_str())
                || (keys.meaning(&entry.within, &entry.key, None))
                    .is_some_and(KeyMeaning::is_of_configurations)
        };
        Self {
            path,
            entries,
            is_open: entries.iter().any(includes),
        }
    }

    /// The values of these keys, each with its place.
    pub fn values(&self, names: &[String]) -> impl Iterator<Item = (String, &'a str)> {
        self.entries
            .iter()
            .filter(|entry| is_any(entry, names))
            .filter_map(|entry| {
                let place = format!("{}:{}: {}", self.path, entry.line, entry.key);
                Some((place, entry.values.first()?.as_str()))
            })
    }

    /// All words of the values of these keys, likewise.
    pub fn words(&self, names: &[String]) -> impl Iterator<Item = (String, String)> {
        let entries = self.entries.iter().filter(|entry| is_any(entry, names));
        entries.map(|entry| {
            let place = format!("{}:{}: {}", self.path, entry.line, entry.key);
            (place, entry.values.join(" "))
        })
    }

    /// Whether one of these keys is set.
    pub fn names(&self, names: &[String]) -> bool {
        self.entries.iter().any(|entry| is_any(entry, names))
    }

    /// An effect that a configuration included here may prevent.
    pub fn perhaps(&self, effect: Effect) -> Effect {
        if self.is_open {
            effect.perhaps()
        } else {
            effect
        }
    }
}

/// Whether an entry is of one of these keys: `key`, or `section:key`.
fn is_any(entry: &Entry, names: &[String]) -> bool {
    Told::keys(names).any(|name| {
        let (section, key) = match name.split_once(':') {
            Some((section, key)) => (Some(section), key),
            None => (None, name),
        };
        // Without brackets or braces, a section is not told from a key.
        let is_in = |section| {
            let is_alone = entry.within.is_empty() && entry.values.len() == 1;
            is_alone || normal(&entry.within) == normal(section)
        };
        normal(&entry.key) == normal(key) && section.is_none_or(is_in)
    })
}
