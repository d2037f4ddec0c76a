//! The table of programs: the built-in entries, and the user's.

use std::collections::BTreeMap;

use anyhow::Result;

use super::{Program, parse_config};

/// The built-in entries, in the same language as the user's.
const BUILT_IN: [(&str, &str); 4] = [
    ("mail.toml", include_str!("programs/mail.toml")),
    ("names.toml", include_str!("programs/names.toml")),
    ("other.toml", include_str!("programs/other.toml")),
    ("web.toml", include_str!("programs/web.toml")),
];

/// Programs by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProgramTable(BTreeMap<String, Program>);

impl ProgramTable {
    /// The built-in programs, and the user's, which replace those of the same name.
    ///
    /// # Errors
    /// If the built-in table is not well-formed, which a test rules out.
    pub fn with(users: &BTreeMap<String, Program>) -> Result<Self> {
        let mut table = BTreeMap::new();
        for (file, text) in BUILT_IN {
            table.extend(parse_config(file, text)?.policy.programs);
        }
        table.extend(users.clone());
        Ok(Self(table))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_known_by_its_name_without_version_or_wrapper() -> Result<()> {
        let text = "[programs.web-fpm]\nuser = [\"user\"]\n[programs.web2]\n[programs.haproxy]\n";
        let table = ProgramTable::with(&parse_config("p.toml", text)?.policy.programs)?;
        for name in [
            "web-fpm",
            "web-fpm8.2",
            ".web-fpm-wrapped",
            "web-fpm-8",
            "web2",
        ] {
            assert!(table.get(name).is_some(), "{name}");
        }
        for name in ["web", "web3", ""] {
            assert!(table.get(name).is_none(), "{name}");
        }
        assert_eq!(table.get("haproxy"), Some(&Program::default()));
        Ok(())
    }

    #[test]
    fn no_built_in_program_is_known_twice() -> Result<()> {
        let mut count = 0;
        for (file, text) in BUILT_IN {
            count += parse_config(file, text)?.policy.programs.len();
        }
        assert_eq!(ProgramTable::with(&BTreeMap::new())?.0.len(), count);
        Ok(())
    }
}
