//! `[programs.NAME]`: what is known of a program, as data. The built-in table is written the same way.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};

use super::keys::Keys;
use super::place::Place;
use super::reader::{Reader, Value, table_named, unknown_key};

/// What is known of a program: how it is told of configurations and users, and what it does without being told.
///
/// What names something is an option if it begins with a dash, and otherwise a key of the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a key of its own")]
pub struct Program {
    /// Options whose value is a configuration file.
    pub config: Vec<String>,
    /// Whether its first operand is a configuration file.
    pub config_operand: bool,
    /// Whether its first argument is a configuration file, if that is no option.
    pub config_first: bool,
    /// Configuration files that it reads if it is told of none, as far as they exist.
    pub config_default: Vec<String>,
    /// What names the user that it changes to.
    pub user: Vec<String>,
    /// What names the group that it changes to.
    pub group: Vec<String>,
    /// Whether its first operand is the user that it changes to.
    pub user_operand: bool,
    /// Whether its first operand is a program that it starts, so that what follows is not its own.
    pub wraps: bool,
    /// The user that it changes to when root starts it and nothing names one.
    pub default_user: Option<String>,
    /// What keeps it from changing to that user.
    pub default_unless: Vec<String>,
    /// Whether it changes to another user by default only if it has been built so.
    pub default_varies: bool,
    /// What names a user or a group that it gives files to.
    pub owner: Vec<String>,
    /// Users that it looks up when root starts it, whatever it is told.
    pub looks_up: Vec<String>,
    /// Whether it looks up the user that starts it, and fails if that has no name.
    pub looks_up_own: bool,
    /// Options and words with which it does so.
    pub looks_up_own_with: Vec<String>,
    /// Whether it looks up the users that it is told of even if it can't change to them. Most programs do so only for root.
    pub always_looks_up: bool,
    /// Whether it changes to its user even if root does not start it, and goes on only if that is not allowed (`EPERM`).
    pub always_changes: bool,
    /// Whether it starts although it can't change to a user: what it starts fails.
    pub survives: bool,
    /// Whether it goes on as the user that it is if it can't change to another.
    pub stays: bool,
    /// Whether it asks PAM, whose modules and configuration are the host's.
    pub uses_pam: bool,
    /// Whether it sets its groups (`setgroups(2)`) when root starts it, whatever it is told.
    pub sets_groups: bool,
    /// Options with which it sets its groups.
    pub sets_groups_with: Vec<String>,
    /// The capability over the host that it needs, as root has it outside of a user namespace.
    pub capability: Option<String>,
    /// Options with which it does not need the capability.
    pub capability_unless: Vec<String>,
    /// Whether it needs `HOME`, or a user that has a home.
    pub needs_home: bool,
    /// Options, and variables with a `$`, with which it does not.
    pub home_unless: Vec<String>,
    /// Files that it reads, each with what names another one in its place. They are below its working directory unless they begin with a
    /// slash or with `~/`, and directories if they end with one.
    pub reads: BTreeMap<String, Vec<String>>,
    /// Files that it reads if one of these options, or of the keys of its configuration, is given.
    pub reads_with: BTreeMap<String, Vec<String>>,
    /// Files that it makes, likewise.
    pub makes: BTreeMap<String, Vec<String>>,
    /// Files that it makes, likewise, and can start without.
    pub tries: BTreeMap<String, Vec<String>>,
    /// Options that name files or directories that it does without.
    pub ignores: Vec<String>,
    /// Other options that take a value.
    pub values: Vec<String>,
    /// What the keys of its configuration mean.
    pub keys: Keys,
}

impl Program {
    /// Whether nothing is known but what the keys of its configuration mean.
    pub fn has_only_keys(&self) -> bool {
        let other = Self {
            keys: Keys::default(),
            ..self.clone()
        };
        other == Self::default() && self.keys != Keys::default()
    }

    /// Whether it is known which files it looks for if it is told of none.
    pub fn has_defaults(&self) -> bool {
        let is_any = |files: &BTreeMap<_, _>| !files.is_empty();
        !self.config_default.is_empty()
            || [&self.reads, &self.makes, &self.tries]
                .into_iter()
                .any(is_any)
    }
}

/// An entry, as it is written.
#[derive(Clone, Debug, Default)]
pub struct ProgramEntry {
    /// What it sets itself.
    pub program: Program,
    /// The program of which everything else is known, and where it is named.
    pub like: Option<(String, Place)>,
    /// The keys that it has.
    given: BTreeSet<String>,
}

/// Declares the keys of an entry: name, reader, field.
macro_rules! keys {
    ($($name:literal $read:ident $field:ident,)*) => {
        const KEYS: &[&str] = &["like", $($name,)*];

        impl ProgramEntry {
            /// The program of the entry, which takes what it does not say itself from `other`.
            pub(super) fn over(&self, other: &Program) -> Program {
                let mut program = self.program.clone();
                $(if !self.given.contains($name) {
                    program.$field = other.$field.clone();
                })*
                program
            }
        }

        impl Reader<'_> {
            /// Reads one key of an entry; `false` if it is unknown.
            fn key_of(&self, program: &mut Program, what: &str, value: &Value) -> Result<bool> {
                match what {
                    $($name => program.$field = self.$read(what, value)?,)*
                    _ => return Ok(false),
                }
                Ok(true)
            }
        }
    };
}

keys! {
    "always-changes" switch always_changes,
    "always-looks-up" switch always_looks_up,
    "capability" text capability,
    "capability-unless" names capability_unless,
    "config" names config,
    "config-default" names config_default,
    "config-first" switch config_first,
    "config-operand" switch config_operand,
    "default-unless" names default_unless,
    "default-user" text default_user,
    "default-varies" switch default_varies,
    "group" names group,
    "home-unless" names home_unless,
    "ignores" names ignores,
    "keys" keys keys,
    "looks-up" names looks_up,
    "looks-up-own" switch looks_up_own,
    "looks-up-own-with" names looks_up_own_with,
    "makes" places makes,
    "needs-home" switch needs_home,
    "owner" names owner,
    "reads" places reads,
    "reads-with" places reads_with,
    "sets-groups" switch sets_groups,
    "sets-groups-with" names sets_groups_with,
    "stays" switch stays,
    "survives" switch survives,
    "tries" places tries,
    "user" names user,
    "user-operand" switch user_operand,
    "uses-pam" switch uses_pam,
    "values" names values,
    "wraps" switch wraps,
}

impl Reader<'_> {
    pub(super) fn programs(&self, value: &Value) -> Result<BTreeMap<String, ProgramEntry>> {
        let expected = "tables, each written as [programs.NAME]";
        let mut programs = BTreeMap::new();
        for (key, value) in self.table("programs", expected, value)? {
            let name = key.get_ref().as_ref();
            programs.insert(name.to_owned(), self.program_of(name, value)?);
        }
        Ok(programs)
    }

    fn program_of(&self, name: &str, value: &Value) -> Result<ProgramEntry> {
        let mut entry = ProgramEntry::default();
        let expected = "a table, written as [programs.NAME]";
        for (key, value) in self.table("a program", expected, value)? {
            let what = key.get_ref().as_ref();
            if what == "like" {
                let other = self.string(what, value)?.to_owned();
                entry.like = Some((other, self.place(&value.span())));
            } else if !self.key_of(&mut entry.program, what, value)? {
                bail!(
                    "{}: {}",
                    self.place(&key.span()),
                    unknown_key(what, &table_named("programs", name), KEYS)
                );
            }
            entry.given.insert(what.to_owned());
        }
        Ok(entry)
    }

    fn text(&self, what: &str, value: &Value) -> Result<Option<String>> {
        Ok(Some(self.string(what, value)?.to_owned()))
    }

    pub(super) fn names(&self, what: &str, value: &Value) -> Result<Vec<String>> {
        self.list(what, "a list of strings", value)?
            .iter()
            .map(|value| Ok(self.string(what, value)?.to_owned()))
            .collect()
    }

    /// Reads paths, each with what names another in its place.
    fn places(&self, what: &str, value: &Value) -> Result<BTreeMap<String, Vec<String>>> {
        let expected = "a table of paths, each with a list of options and keys";
        self.table(what, expected, value)?
            .iter()
            .map(|(key, value)| {
                let path = key.get_ref().as_ref().to_owned();
                Ok((path, self.names(what, value)?))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
