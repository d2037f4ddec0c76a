//! The table of programs: the built-in entries, and the user's.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

use super::{Program, ProgramEntry, parse_config};
use crate::inspect::unwrapped;

/// The built-in entries, in the same language as the user's.
const BUILT_IN: [(&str, &str); 12] = [
    ("chat.toml", include_str!("programs/chat.toml")),
    ("clients.toml", include_str!("programs/clients.toml")),
    ("daemons.toml", include_str!("programs/daemons.toml")),
    ("databases.toml", include_str!("programs/databases.toml")),
    ("mail.toml", include_str!("programs/mail.toml")),
    ("monitoring.toml", include_str!("programs/monitoring.toml")),
    ("names.toml", include_str!("programs/names.toml")),
    ("other.toml", include_str!("programs/other.toml")),
    ("proxies.toml", include_str!("programs/proxies.toml")),
    ("tools.toml", include_str!("programs/tools.toml")),
    ("tunnels.toml", include_str!("programs/tunnels.toml")),
    ("web.toml", include_str!("programs/web.toml")),
];

/// Programs by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProgramTable(BTreeMap<String, Program>);

impl ProgramTable {
    /// The built-in programs, and the user's, which replace those of the same name.
    ///
    /// # Errors
    /// If an entry is like one that does not exist, or that is like another itself; the error has its place. A test rules this out for
    /// the built-in table.
    pub fn with(users: &BTreeMap<String, ProgramEntry>) -> Result<Self> {
        let mut built_in = BTreeMap::new();
        for (file, text) in BUILT_IN {
            built_in.extend(parse_config(file, text)?.policy.programs);
        }
        let built_in = programs(&built_in, &BTreeMap::new())?;
        let users = programs(users, &built_in)?;
        let mut table = built_in;
        table.extend(users);
        Ok(Self(table))
    }

    /// What is known of the program that a file is named after: `php-fpm8.2` is `php-fpm`, and `.web-wrapped` is `web`.
    pub fn get(&self, name: &str) -> Option<&Program> {
        let name = unwrapped(name);
        let unversioned = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        let unversioned = unversioned.strip_suffix('-').unwrap_or(unversioned);
        self.0.get(name).or_else(|| self.0.get(unversioned))
    }
}

/// The programs of entries. `built_in`: others that these may be like.
fn programs(
    entries: &BTreeMap<String, ProgramEntry>,
    built_in: &BTreeMap<String, Program>,
) -> Result<BTreeMap<String, Program>> {
    let mut programs = BTreeMap::new();
    for (name, entry) in entries {
        let other = match &entry.like {
            None => &Program::default(),
            Some((like, place)) => {
                let other = entries.get(like).filter(|_| like != name);
                match (other, built_in.get(like)) {
                    (Some(other), _) if other.like.is_some() => {
                        bail!("{place}: {like} is like another program itself: name that one here")
                    }
                    (Some(other), _) => &other.program,
                    (None, Some(other)) => other,
                    (None, None) => bail!(
                        "{place}: nothing is known of a program {like:?}: name one of this file or of the built-in table"
                    ),
                }
            }
        };
        programs.insert(name.clone(), entry.over(other));
    }
    Ok(programs)
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    fn table(text: &str) -> Result<ProgramTable> {
        ProgramTable::with(&parse_config("p.toml", text)?.policy.programs)
    }

    #[test]
    fn a_program_is_known_by_its_name_without_version_or_wrapper() -> Result<()> {
        let text = "[programs.web-fpm]\nuser = [\"user\"]\n[programs.web2]\n[programs.haproxy]\n";
        let table = table(text)?;
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
    fn a_program_is_like_another_but_for_what_it_says_itself() -> Result<()> {
        let text = "[programs]\nfork = { like = \"unbound\", user = [], keys.only = true }\nweb = { like = \"base\" }\n\
                    base = { needs-home = true }\nhaproxy = { like = \"haproxy\", needs-home = true }\n";
        let table = table(text)?;
        let built_in = ProgramTable::with(&BTreeMap::new())?;
        let one = |table: &ProgramTable, name| table.get(name).cloned().context("not known");
        let (fork, unbound) = (one(&table, "fork")?, one(&built_in, "unbound")?);
        assert_eq!(
            (fork.config, fork.default_user),
            (unbound.config, unbound.default_user)
        );
        assert!(fork.user.is_empty() && fork.keys.is_whole && fork.keys != unbound.keys);
        assert!(one(&table, "web")?.needs_home);
        let (own, haproxy) = (one(&table, "haproxy")?, one(&built_in, "haproxy")?);
        assert!(own.needs_home && !haproxy.needs_home);
        assert_eq!((own.user, own.keys), (haproxy.user, haproxy.keys));
        Ok(())
    }

    #[test]
    fn what_an_entry_is_like_is_known() {
        for (text, said) in [
            (
                "[programs.a]\nlike = \"b\"",
                "p.toml:2:8: nothing is known of a program \"b\": name one",
            ),
            (
                "[programs.a]\nlike = \"a\"",
                "p.toml:2:8: nothing is known of a program \"a\"",
            ),
            (
                "[programs]\na = { like = \"b\" }\nb = { like = \"haproxy\" }",
                "p.toml:2:14: b is like another program itself: name that one here",
            ),
        ] {
            let error = table(text).map_or_else(|error| format!("{error:#}"), |_| String::new());
            assert!(error.starts_with(said), "{text}: {error:?}");
        }
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
