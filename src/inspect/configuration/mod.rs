//! Configuration files of programs: the values that they set, whatever the language. What a key means is not known here.
//!
//! YAML (and JSON, which is YAML), TOML and XML are read by parsers of these languages. Everything else is read as lines and blocks of
//! keys and values: nginx, Apache, ini files, sshd, HAProxy, unbound, BIND and most others differ only in how they separate the two.

mod lines;
mod statements;
mod toml;
mod xml;
mod yaml;

use std::sync::Arc;

/// Values of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key, as it is written.
    pub key: String,
    /// The name of the block, section or map that it is in; empty if it is in none.
    pub within: Arc<str>,
    /// Its values, quotes undone.
    pub values: Vec<String>,
    /// Its line, from 1.
    pub line: usize,
}

/// Above this, in bytes, a file is no configuration that somebody has written.
pub const MAX_CONFIGURATION: usize = 1 << 20;

/// A text that has more has been made by a program.
const MAX_ENTRIES: usize = 1 << 16;

/// As deep as blocks may be nested.
const MAX_DEPTH: usize = 64;

/// Reads a configuration, in time and memory in proportion to its length. `name`: that of its file, whose ending tells the language. The
/// error is half a sentence after "which".
pub fn read_configuration(name: &str, text: &str) -> Result<Vec<Entry>, String> {
    if text.len() > MAX_CONFIGURATION {
        return Err(format!(
            "has more than {} KiB and was not checked",
            MAX_CONFIGURATION / 1024
        ));
    }
    match Language::of(name, text) {
        Language::Lines => lines::read(text),
        Language::Toml => toml::read(text),
        Language::Xml => xml::read(text),
        Language::Yaml => yaml::read(text),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Language {
    Lines,
    Toml,
    Xml,
    Yaml,
}

impl Language {
    fn of(name: &str, text: &str) -> Self {
        let ending = name.rsplit_once('.').map(|(_, ending)| ending);
        let start = text.trim_start();
        match ending.map(str::to_ascii_lowercase).as_deref() {
            Some("yaml" | "yml" | "json") => Self::Yaml,
            Some("toml") => Self::Toml,
            Some("xml") => Self::Xml,
            _ if start.starts_with("<?xml") => Self::Xml,
            _ if is_json(start) => Self::Yaml,
            _ => Self::Lines,
        }
    }
}

/// Whether a text begins as a JSON object does.
fn is_json(text: &str) -> bool {
    let inner = text.strip_prefix('{').map(str::trim_start);
    inner.is_some_and(|inner| inner.starts_with(['"', '}']))
}

/// Entries as they are collected: no more and no deeper than a person writes.
#[derive(Default)]
struct Entries(Vec<Entry>);

impl Entries {
    fn add(&mut self, entry: Entry) -> Result<(), String> {
        if self.0.len() == MAX_ENTRIES {
            return Err(format!("has more than {MAX_ENTRIES} values"));
        }
        self.0.push(entry);
        Ok(())
    }
}

/// The names of the blocks that a reader is in.
#[derive(Default)]
struct Nesting(Vec<Arc<str>>);

impl Nesting {
    /// The innermost.
    fn name(&self) -> Arc<str> {
        self.0.last().cloned().unwrap_or_default()
    }

    fn enter(&mut self, name: impl Into<Arc<str>>) -> Result<(), String> {
        if self.0.len() == MAX_DEPTH {
            return Err("is nested too deeply".to_owned());
        }
        self.0.push(name.into());
        Ok(())
    }

    fn leave(&mut self) {
        self.0.pop();
    }
}

/// The lines of a text, to tell the line of a place in it.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        let ends = text.match_indices('\n').map(|(at, _)| at);
        Self(ends.collect())
    }

    /// The line of a byte, from 1.
    fn at(&self, byte: usize) -> usize {
        self.0.partition_point(|end| *end < byte) + 1
    }
}

#[cfg(test)]
mod tests;
