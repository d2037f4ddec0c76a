//! `[programs.NAME]`: what is known of a program, as data. The built-in table is written the same way.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

use super::reader::{Reader, Value, unknown_key};

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
    /// What names a user or a group that it gives files to.
    pub owner: Vec<String>,
    /// Users that it looks up when root starts it, whatever it is told.
    pub looks_up: Vec<String>,
    /// Whether it looks up the user that starts it, and fails if that has no name.
    pub looks_up_own: bool,
    /// Whether it looks up the users that it is told of even if it can't change to them. Most programs do so only for root.
    pub always_looks_up: bool,
    /// Whether it starts although it can't change to a user: what it starts fails.
    pub survives: bool,
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
    /// Files that it reads, each with what names another one in its place. They are below its working directory unless they begin with a
    /// slash or with `~/`, and directories if they end with one.
    pub reads: BTreeMap<String, Vec<String>>,
    /// Files that it makes, likewise.
    pub makes: BTreeMap<String, Vec<String>>,
    /// Files that it makes, likewise, and can start without.
    pub tries: BTreeMap<String, Vec<String>>,
    /// Other options that take a value.
    pub values: Vec<String>,
}

const KEYS: &[&str] = &[
    "always-looks-up",
    "capability",
    "capability-unless",
    "config",
    "config-default",
    "config-first",
    "config-operand",
    "default-unless",
    "default-user",
    "group",
    "looks-up",
    "looks-up-own",
    "makes",
    "needs-home",
    "owner",
    "reads",
    "sets-groups",
    "sets-groups-with",
    "survives",
    "tries",
    "user",
    "user-operand",
    "uses-pam",
    "values",
    "wraps",
];

impl Reader<'_> {
    pub(super) fn programs(&self, value: &Value) -> Result<BTreeMap<String, Program>> {
        let expected = "tables, each written as [programs.NAME]";
        let mut programs = BTreeMap::new();
        for (key, value) in self.table("programs", expected, value)? {
            let name = key.get_ref().as_ref();
            programs.insert(name.to_owned(), self.program_of(name, value)?);
        }
        Ok(programs)
    }

    fn program_of(&self, name: &str, value: &Value) -> Result<Program> {
        let mut program = Program::default();
        let expected = "a table, written as [programs.NAME]";
        for (key, value) in self.table("a program", expected, value)? {
            let what = key.get_ref().as_ref();
            match what {
                "always-looks-up" => program.always_looks_up = self.switch(what, value)?,
                "capability" => program.capability = Some(self.string(what, value)?.to_owned()),
                "capability-unless" => program.capability_unless = self.names(what, value)?,
                "config" => program.config = self.names(what, value)?,
                "config-default" => program.config_default = self.names(what, value)?,
                "config-first" => program.config_first = self.switch(what, value)?,
                "config-operand" => program.config_operand = self.switch(what, value)?,
                "default-unless" => program.default_unless = self.names(what, value)?,
                "default-user" => {
                    program.default_user = Some(self.string(what, value)?.to_owned());
                }
                "group" => program.group = self.names(what, value)?,
                "looks-up" => program.looks_up = self.names(what, value)?,
                "looks-up-own" => program.looks_up_own = self.switch(what, value)?,
                "makes" => program.makes = self.places(what, value)?,
                "needs-home" => program.needs_home = self.switch(what, value)?,
                "owner" => program.owner = self.names(what, value)?,
                "reads" => program.reads = self.places(what, value)?,
                "sets-groups" => program.sets_groups = self.switch(what, value)?,
                "sets-groups-with" => program.sets_groups_with = self.names(what, value)?,
                "survives" => program.survives = self.switch(what, value)?,
                "tries" => program.tries = self.places(what, value)?,
                "user" => program.user = self.names(what, value)?,
                "user-operand" => program.user_operand = self.switch(what, value)?,
                "uses-pam" => program.uses_pam = self.switch(what, value)?,
                "values" => program.values = self.names(what, value)?,
                "wraps" => program.wraps = self.switch(what, value)?,
                key_name => bail!(
                    "{}: {}",
                    self.place(&key.span()),
                    unknown_key(key_name, "programs", name, KEYS)
                ),
            }
        }
        Ok(program)
    }

    fn names(&self, what: &str, value: &Value) -> Result<Vec<String>> {
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
mod tests {
    use super::*;
    use crate::config::parse_config;

    #[test]
    fn what_is_no_program_is_refused_with_its_place() -> Result<()> {
        let all = KEYS.iter().map(|key| match *key {
            "capability" | "default-user" => format!("{key} = \"web\"\n"),
            "makes" | "reads" | "tries" => format!("{key}.\"/a\" = [\"-a\"]\n"),
            "capability-unless" | "config" | "config-default" | "default-unless" | "group"
            | "looks-up" | "owner" | "sets-groups-with" | "user" | "values" => {
                format!("{key} = [\"-a\"]\n")
            }
            _ => format!("{key} = true\n"),
        });
        parse_config(
            "p.toml",
            &format!("[programs.x]\n{}", all.collect::<String>()),
        )?;
        for (text, said) in [
            ("programs = 1", "p.toml:1:12: programs must be tables"),
            ("programs.x = 1", "p.toml:1:14: a program must be a table"),
            (
                "[programs.x]\nusers = []",
                "p.toml:2:1: unknown key \"users\" in [programs.x]; did you mean \"user\"?",
            ),
            (
                "[programs.x]\nuser = \"-u\"",
                "p.toml:2:8: user must be a list of strings, not a string",
            ),
            (
                "[programs.x]\nsets-groups = \"yes\"",
                "p.toml:2:15: sets-groups must be true or false, not a string",
            ),
        ] {
            let error = parse_config("p.toml", text)
                .map_or_else(|error| format!("{error:#}"), |_| String::new());
            assert!(error.starts_with(said), "{text}: {error:?}");
        }
        Ok(())
    }
}
