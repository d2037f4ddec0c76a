//! The unit files of a plain set, which `nix/services.nix` writes as NixOS would.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;

use anyhow::{Result, bail, ensure};
use serde::{Deserialize, Serialize};

use super::Services;
use super::context::named;
use super::name::check_stem;
use super::roots::placeholder;
use crate::store::StorePath;

/// The types of units that a plain set can have.
const TYPES: [&str; 6] = ["path", "service", "slice", "socket", "target", "timer"];

/// The path of a file of a unit in a directory of units: `web.service`, `web.timer`, `web@one.service.d/overrides.conf`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UnitPath(String);

impl UnitPath {
    /// Parses a path. The error describes the mistake.
    pub fn parse(text: &str) -> Result<Self> {
        let unit = match text.split_once('/') {
            Some((directory, file)) => {
                let stem = file.strip_suffix(".conf").unwrap_or_default();
                let is_plain = |c: char| c.is_ascii_graphic() && c != '/';
                ensure!(
                    !stem.is_empty()
                        && !stem.starts_with('.')
                        && stem.chars().all(is_plain)
                        && file.len() <= 255,
                    "{text:?} is not the path of a drop-in"
                );
                directory.strip_suffix(".d").unwrap_or_default()
            }
            None => text,
        };
        let (stem, kind) = unit.rsplit_once('.').unwrap_or_default();
        ensure!(
            TYPES.contains(&kind),
            "{text:?} is not the path of a unit file: it does not end in one of .{}",
            TYPES.join(", .")
        );
        if let Err(problem) = check_stem(unit, stem) {
            bail!("{text:?} is not the path of a unit file: {problem}");
        }
        Ok(Self(text.to_owned()))
    }

    /// Returns the path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the name of the unit.
    pub fn unit(&self) -> &str {
        self.0.split_once(".d/").map_or(&self.0, |(unit, _)| unit)
    }
}

impl TryFrom<String> for UnitPath {
    type Error = anyhow::Error;
    fn try_from(text: String) -> Result<Self> {
        Self::parse(&text)
    }
}

impl From<UnitPath> for String {
    fn from(path: UnitPath) -> Self {
        path.0
    }
}

impl fmt::Display for UnitPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A file of a unit that a package ships.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShippedFile {
    /// Where it belongs in a directory of units.
    pub place: String,
    /// Where the package has it.
    pub file: PathBuf,
}

impl Services {
    /// Returns the store paths that the unit files name, each with the file and what to realise for it.
    pub fn roots_of_units(&self) -> Result<BTreeMap<StorePath, (&UnitPath, BTreeSet<String>)>> {
        let mut roots = BTreeMap::new();
        for (path, text) in &self.units {
            if let Some(placeholder) = placeholder(text) {
                bail!(
                    "{path} names the output of a content-addressed derivation, whose path is not known before it is built ({placeholder}): build it first and name its path"
                );
            }
            let Some(named) = named(text, &self.store_dir)? else {
                bail!("{path} names several paths that may be outputs of one derivation");
            };
            for root in named.roots {
                let (_, installables): &mut (_, BTreeSet<String>) =
                    roots.entry(root).or_insert_with(|| (path, BTreeSet::new()));
                installables.extend(text.installables());
            }
        }
        Ok(roots)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_units_and_their_drop_ins() -> Result<()> {
        for (path, unit) in [
            ("web.service", "web.service"),
            ("a@.socket", "a@.socket"),
            ("a@b.service.d/overrides.conf", "a@b.service"),
            ("a.d.timer", "a.d.timer"),
        ] {
            assert_eq!(UnitPath::parse(path)?.unit(), unit);
        }
        for path in [
            "",
            "web",
            "web.mount",
            "../web.service",
            "/web.service",
            "a/web.service",
            "web.service.d/../x.conf",
            "web.service.d/.conf",
            "web.service.d/x",
            "web.service.d/a b.conf",
            ".service",
            "web.service/x.conf",
        ] {
            assert!(UnitPath::parse(path).is_err(), "{path:?} was accepted");
        }
        Ok(())
    }
}
