//! `keys` of `[programs.NAME]`: what a program does with what the keys of its configuration name.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};

use super::reader::{Reader, Value, unknown_key};

/// What a program does with a file that a key of its configuration names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyMeaning {
    /// It reads another configuration there, and fails if that is missing, unless it is a pattern.
    Includes,
    /// The same, if that exists.
    IncludesAny,
    /// The same as [`Self::Includes`]; the directory of a pattern has to exist too.
    IncludesDir,
    /// It reads another configuration there, if that exists; but the directory of a pattern has to exist.
    IncludesGlob,
    /// It reads this file or directory, and fails if it can't.
    Reads,
    /// It reads this, and fails if it can read none of those that the key names.
    ReadsOne,
    /// It makes this file or directory, and fails if it can't.
    Makes,
    /// The same, with the directories that lead to it.
    MakesAll,
    /// It goes on without it, but says so.
    Tries,
    /// It goes on without it.
    Ignores,
}

impl KeyMeaning {
    /// Whether the key names other configurations.
    pub fn is_of_configurations(self) -> bool {
        matches!(
            self,
            Self::Includes | Self::IncludesAny | Self::IncludesDir | Self::IncludesGlob
        )
    }
}

const MEANINGS: [(&str, KeyMeaning); 10] = [
    ("ignores", KeyMeaning::Ignores),
    ("includes", KeyMeaning::Includes),
    ("includes-any", KeyMeaning::IncludesAny),
    ("includes-dir", KeyMeaning::IncludesDir),
    ("includes-glob", KeyMeaning::IncludesGlob),
    ("makes", KeyMeaning::Makes),
    ("makes-all", KeyMeaning::MakesAll),
    ("reads", KeyMeaning::Reads),
    ("reads-one", KeyMeaning::ReadsOne),
    ("tries", KeyMeaning::Tries),
];

const KEYS: &[&str] = &[
    "ignores",
    "includes",
    "includes-any",
    "includes-dir",
    "includes-glob",
    "makes",
    "makes-all",
    "only",
    "reads",
    "reads-one",
    "resolves",
    "tries",
];

/// What the keys of a program's configuration mean.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    /// By key, or by `section:key`.
    meanings: BTreeMap<String, KeyMeaning>,
    /// Keys that name hosts whose addresses it looks up as it starts, and fails if it can't.
    resolves: BTreeSet<String>,
    /// Whether all other keys name no files that it needs.
    pub is_whole: bool,
}

impl Keys {
    /// What a key in a section or block means. `label`: a word of the value before the path, which counts as a key.
    pub fn meaning(&self, section: &str, key: &str, label: Option<&str>) -> Option<KeyMeaning> {
        let key = normal_key(key);
        let in_section = format!("{}:{key}", normal_key(section));
        let label = label.map(normal_key);
        let by_label = label.and_then(|label| self.meanings.get(&label));
        let meaning = self.meanings.get(&in_section).or(by_label);
        meaning.or_else(|| self.meanings.get(&key)).copied()
    }

    /// Whether a key names hosts that the program looks up as it starts.
    pub fn resolves(&self, key: &str) -> bool {
        self.resolves.contains(&normal_key(key))
    }
}

/// A key without regard to the case and to what joins its words.
pub fn normal_key(key: &str) -> String {
    key.to_lowercase().replace(['-', ' '], "_")
}

impl Reader<'_> {
    pub(super) fn keys(&self, what: &str, value: &Value) -> Result<Keys> {
        let mut keys = Keys::default();
        for (key, value) in self.table(what, "a table of lists of keys", value)? {
            let what = key.get_ref().as_ref();
            let meaning = MEANINGS.iter().find(|(name, _)| *name == what);
            match (what, meaning) {
                ("only", _) => keys.is_whole = self.switch(what, value)?,
                ("resolves", _) => {
                    let names = self.names(what, value)?;
                    keys.resolves = names.iter().map(|name| normal_key(name)).collect();
                }
                (_, Some((_, meaning))) => self.mean(&mut keys, what, *meaning, value)?,
                _ => bail!(
                    "{}: {}",
                    self.place(&key.span()),
                    unknown_key(what, "keys of a program", KEYS)
                ),
            }
        }
        Ok(keys)
    }

    fn mean(&self, keys: &mut Keys, what: &str, meaning: KeyMeaning, value: &Value) -> Result<()> {
        for value in self.list(what, "a list of strings", value)? {
            let key = self.string(what, value)?;
            if keys.meanings.insert(normal_key(key), meaning).is_some() {
                bail!(
                    "{}: the key {key:?} has two meanings: keep one",
                    self.place(&value.span())
                );
            }
        }
        Ok(())
    }
}
