//! Reads configuration files of programs: the values that they set, in any language. It gives keys no meaning.
//!
//! YAML (and JSON, which is YAML), TOML and XML have parsers of their own. Everything else is read as lines and blocks of keys and
//! values: nginx, Apache, ini files, sshd, HAProxy, unbound, BIND and most others differ only in how they separate these.

mod lines;
mod statements;
mod toml;
mod xml;
mod yaml;

use std::sync::Arc;

/// The values of a key in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key, as it is written.
    pub key: String,
    /// The name of the block, section or map that contains it; empty at the top level.
    pub within: Arc<str>,
    /// Its values, without quotes.
    pub values: Vec<String>,
    /// Its line, starting at 1.
    pub line: usize,
}

/// How the names of configurations end, without the dot.
pub const ENDINGS: [&str; 9] = [
    "cfg", "cnf", "conf", "ini", "json", "toml", "xml", "yaml", "yml",
];

/// The maximum size of a configuration, in bytes. Nobody writes a larger one by hand.
pub const MAX_CONFIGURATION: usize = 1 << 20;

/// The maximum number of entries. A program made any text with more.
const MAX_ENTRIES: usize = 1 << 16;

/// The maximum nesting of blocks.
const MAX_DEPTH: usize = 64;

/// Reads a configuration. `name` is the name of its file, whose extension determines the language. The error continues a sentence
/// after "which".
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

/// Whether a text starts like a JSON object.
fn is_json(text: &str) -> bool {
    let inner = text.strip_prefix('{').map(str::trim_start);
    inner.is_some_and(|inner| inner.starts_with(['"', '}']))
}

/// Collects entries, up to the number that a person would write.
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

/// The names of the current blocks, the outermost first.
#[derive(Default)]
struct Nesting(Vec<Arc<str>>);

impl Nesting {
    /// Returns the name of the innermost block.
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

/// The positions of line breaks, to determine the line of a position.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        let ends = text.match_indices('\n').map(|(at, _)| at);
        Self(ends.collect())
    }

    /// Returns the line of a byte, starting at 1.
    fn at(&self, byte: usize) -> usize {
        self.0.partition_point(|end| *end < byte) + 1
    }
}

#[cfg(test)]
mod tests;
