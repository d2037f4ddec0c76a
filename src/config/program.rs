//! `[programs.NAME]`: what is known of a program, as data. The built-in table is written the same way.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

use super::reader::{Reader, Value, unknown_key};

/// What is known of a program: how it is told of configurations and users, and what it does without being told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Program {
    /// Options whose value is a configuration file.
    pub config_options: Vec<String>,
    /// Whether its first operand is a configuration file.
    pub config_operand: bool,
    /// The configuration files that it reads if it is told of none.
    pub config_default: Vec<String>,
    /// How its configuration is written; `None` if it has none, or one that is not read.
    pub format: Option<String>,
    /// Options that take a value other than a configuration, a user or a group.
    pub value_options: Vec<String>,
    /// Options whose value is the user that it runs as.
    pub user_options: Vec<String>,
    /// Options whose value is the group that it runs as.
    pub group_options: Vec<String>,
    /// Keys of its configuration whose value is the user that it runs as.
    pub user_keys: Vec<String>,
    /// Keys of its configuration whose value is the group that it runs as.
    pub group_keys: Vec<String>,
    /// The user that it changes to when root starts it and nothing names one.
    pub default_user: Option<String>,
    /// Whether it looks up these users whoever starts it. Most programs ignore them unless root does.
    pub is_user_always_read: bool,
    /// Whether it sets its groups (`setgroups(2)`) when root starts it, whatever user it runs as.
    pub sets_groups: bool,
    /// Files that it reads if it is told of no others.
    pub reads: Vec<String>,
    /// Files that it makes if it is told of no others.
    pub makes: Vec<String>,
    /// Variables without which it does not start.
    pub variables: Vec<String>,
}

const KEYS: &[&str] = &[
    "config-default",
    "config-operand",
    "config-options",
    "default-user",
    "format",
    "group-keys",
    "group-options",
    "is-user-always-read",
    "makes",
    "reads",
    "sets-groups",
    "user-keys",
    "user-options",
    "value-options",
    "variables",
];

/// Programs by their names, without directory, version and the marks of a wrapper.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProgramTable(BTreeMap<String, Program>);

impl ProgramTable {
    /// The programs that confinix knows.
    ///
    /// # Errors
    /// If the table is not well-formed, which a test rules out.
    pub fn built_in() -> Result<Self> {
        let text = include_str!("programs/daemons.toml");
        Ok(super::parse_config("daemons.toml", text)?.policy.programs)
    }

    /// The programs that confinix knows, and the user's, which replace those of the same name.
    ///
    /// # Errors
    /// As [`Self::built_in`].
    pub fn with(users: &Self) -> Result<Self> {
        let mut table = Self::built_in()?;
        table.0.extend(users.0.clone());
        Ok(table)
    }

    /// What is known of the program that a file is named after: `php-fpm8.2` is `php-fpm`, and `.web-wrapped` is `web`.
    pub fn get(&self, name: &str) -> Option<&Program> {
        let hidden = name
            .strip_prefix('.')
            .and_then(|rest| rest.trim_end_matches('_').strip_suffix("-wrapped"));
        let name = hidden.unwrap_or(name);
        let unversioned = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        let unversioned = unversioned.strip_suffix('-').unwrap_or(unversioned);
        self.0.get(name).or_else(|| self.0.get(unversioned))
    }
}

impl Reader<'_> {
    pub(super) fn programs(&self, value: &Value) -> Result<ProgramTable> {
        let mut programs = ProgramTable::default();
        for (key, value) in
            self.table("programs", "tables, each written as [programs.NAME]", value)?
        {
            let name = key.get_ref().as_ref();
            programs
                .0
                .insert(name.to_owned(), self.program_of(name, value)?);
        }
        Ok(programs)
    }

    fn program_of(&self, name: &str, value: &Value) -> Result<Program> {
        let mut program = Program::default();
        let expected = "a table, written as [programs.NAME]";
        for (key, value) in self.table("a program", expected, value)? {
            let what = key.get_ref().as_ref();
            let list = match what {
                "config-operand" => {
                    program.config_operand = self.switch(what, value)?;
                    continue;
                }
                "is-user-always-read" => {
                    program.is_user_always_read = self.switch(what, value)?;
                    continue;
                }
                "sets-groups" => {
                    program.sets_groups = self.switch(what, value)?;
                    continue;
                }
                "default-user" => {
                    program.default_user = Some(self.string(what, value)?.to_owned());
                    continue;
                }
                "format" => {
                    program.format = Some(self.string(what, value)?.to_owned());
                    continue;
                }
                "config-default" => &mut program.config_default,
                "config-options" => &mut program.config_options,
                "group-keys" => &mut program.group_keys,
                "group-options" => &mut program.group_options,
                "makes" => &mut program.makes,
                "reads" => &mut program.reads,
                "user-keys" => &mut program.user_keys,
                "user-options" => &mut program.user_options,
                "value-options" => &mut program.value_options,
                "variables" => &mut program.variables,
                key_name => bail!(
                    "{}: {}",
                    self.place(&key.span()),
                    unknown_key(key_name, "programs", name, KEYS)
                ),
            };
            for value in self.list(what, "a list of strings", value)? {
                list.push(self.string(what, value)?.to_owned());
            }
        }
        Ok(program)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse_config;

    #[test]
    fn the_built_in_table_is_well_formed() -> Result<()> {
        let table = ProgramTable::built_in()?;
        assert!(!table.0.is_empty());
        Ok(())
    }

    #[test]
    fn a_program_is_known_by_its_name_without_version_or_wrapper() -> Result<()> {
        let text = "[programs.php-fpm]\nuser-keys = [\"user\"]\n[programs.apache2]\n";
        let table = ProgramTable::with(&parse_config("p.toml", text)?.policy.programs)?;
        for name in [
            "php-fpm",
            "php-fpm8.2",
            ".php-fpm-wrapped",
            "php-fpm-8",
            "apache2",
        ] {
            assert!(table.get(name).is_some(), "{name}");
        }
        for name in ["php", "apache", "apache3", ""] {
            assert!(table.get(name).is_none(), "{name}");
        }
        Ok(())
    }

    #[test]
    fn what_is_no_program_is_refused_with_its_place() {
        for (text, said) in [
            ("programs = 1", "p.toml:1:12: programs must be tables"),
            ("programs.x = 1", "p.toml:1:14: a program must be a table"),
            (
                "[programs.x]\nuser-option = []",
                "p.toml:2:1: unknown key \"user-option\" in [programs.x]; did you mean \"user-options\"?",
            ),
            (
                "[programs.x]\nreads = \"/a\"",
                "p.toml:2:9: reads must be a list of strings, not a string",
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
    }
}
