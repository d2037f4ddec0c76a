//! Directories of units, as systemd reads and merges them (systemd.unit(5), `unit_file_find_dropin_paths`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::unit_files::{HostFiles, Stands, UnitFiles};
use super::{DROP_IN_NAME, UnitFile};
use crate::service::UnitName;

/// Directories of units; what stands in an earlier one hides what has the same name in a later one.
pub struct UnitDirectories<'a> {
    directories: Vec<PathBuf>,
    files: Box<dyn UnitFiles + 'a>,
}

/// A file that a unit is merged of.
#[derive(Debug, PartialEq, Eq)]
pub struct Part {
    /// The name of the drop-in; none: the unit's own file.
    pub drop_in: Option<String>,
    /// Where it stands.
    pub path: PathBuf,
    /// What it says.
    pub unit: UnitFile,
}

/// A unit as systemd merges it.
#[derive(Debug, PartialEq, Eq)]
pub enum Merged {
    /// Its file and its drop-ins, in the order in which systemd reads them.
    Unit(Vec<Part>),
    /// It is masked, or its file is empty.
    Masked,
    /// Its file is a link to a unit of another name.
    Alias(UnitName),
    /// There is no file for it.
    Missing,
}

impl UnitDirectories<'_> {
    /// These directories, each of which has to be there.
    pub fn new(directories: &[PathBuf]) -> Result<Self> {
        for directory in directories {
            fs::read_dir(directory)
                .with_context(|| format!("could not read the units in {}", directory.display()))?;
        }
        Ok(Self {
            directories: directories.to_vec(),
            files: Box::new(HostFiles),
        })
    }

    /// The services in them: those with a file, and instances that have drop-ins of their own.
    pub fn names(&self) -> Result<BTreeSet<UnitName>> {
        let mut names = BTreeSet::new();
        for directory in &self.directories {
            for file in self.files.list(directory)?.unwrap_or_default() {
                let name = file.strip_suffix(".d").unwrap_or(&file);
                // What is no name of a service systemd passes over too.
                let Ok(name) = UnitName::parse(name) else {
                    continue;
                };
                if !file.ends_with(".d") || name.template().is_some() {
                    names.insert(name);
                }
            }
        }
        Ok(names)
    }

    /// A unit with its drop-ins, read last to first in importance. An error names the file.
    pub fn read(&self, name: &UnitName) -> Result<Merged> {
        let Some((path, alias)) = self.fragment(name)? else {
            return Ok(Merged::Missing);
        };
        if let Some(alias) = alias {
            return Ok(Merged::Alias(alias));
        }
        Ok(self
            .with_drop_ins(path, &[name])?
            .map_or(Merged::Masked, Merged::Unit))
    }

    fn with_drop_ins(&self, path: PathBuf, names: &[&UnitName]) -> Result<Option<Vec<Part>>> {
        let Some(unit) = self.unit(&path)? else {
            return Ok(None);
        };
        let mut parts = vec![Part {
            drop_in: None,
            path,
            unit,
        }];
        for (file, path) in self.drop_ins(names)? {
            if let Some(unit) = self.unit(&path)? {
                let drop_in = Some(file);
                parts.push(Part {
                    drop_in,
                    path,
                    unit,
                });
            }
        }
        Ok(Some(parts))
    }

    fn unit(&self, path: &Path) -> Result<Option<UnitFile>> {
        let Some(text) = self.files.text(path)? else {
            return Ok(None);
        };
        let unit = UnitFile::parse(&text);
        unit.map(Some)
            .with_context(|| format!("could not read {}", path.display()))
    }

    /// The file of a unit or of its template, and what else it is called.
    fn fragment(&self, name: &UnitName) -> Result<Option<(PathBuf, Option<UnitName>)>> {
        for candidate in [Some(name.clone()), name.template()].into_iter().flatten() {
            for directory in &self.directories {
                let path = directory.join(candidate.as_str());
                let alias = match self.files.look(&path)? {
                    Stands::Missing => continue,
                    Stands::There => None,
                    Stands::Link(target) => target
                        .file_name()
                        .and_then(|file| UnitName::parse(file.to_str()?).ok()),
                };
                let is_other = |alias: &UnitName| {
                    *alias != candidate && Some(alias) != name.template().as_ref()
                };
                return Ok(Some((path, alias.filter(is_other))));
            }
        }
        Ok(None)
    }

    /// The drop-ins that apply, by file name; of one name the most specific. Our own is none of the unit's.
    fn drop_ins(&self, names: &[&UnitName]) -> Result<BTreeMap<String, PathBuf>> {
        let mut found = BTreeMap::new();
        for directory in self.drop_in_places(names) {
            for file in self.files.list(&directory)?.unwrap_or_default() {
                if file.ends_with(".conf") && !file.starts_with('.') && file != DROP_IN_NAME {
                    let path = directory.join(&file);
                    found.entry(file).or_insert(path);
                }
            }
        }
        Ok(found)
    }

    /// Where drop-ins may stand, the most important first.
    fn drop_in_places(&self, names: &[&UnitName]) -> Vec<PathBuf> {
        let of_names = names.iter().map(|name| drop_in_directories(name.as_str()));
        let of_units: Vec<String> = of_names.flatten().collect();
        let of_all = self
            .directories
            .iter()
            .map(|directory| directory.join("service.d"));
        let places = self.directories.iter().flat_map(|directory| {
            let units = of_units.iter();
            units.map(|unit| directory.join(unit))
        });
        places.chain(of_all).collect()
    }
}

/// The directories whose drop-ins are for a unit, the most specific first: its own, its template's, and those of each prefix that
/// ends in a dash (`foo-bar@x`: `foo-bar@x`, `foo-bar@`, `foo-@x`, `foo-@`; `unit_file_find_dirs`).
pub(super) fn drop_in_directories(name: &str) -> Vec<String> {
    let at = name
        .find('@')
        .or_else(|| name.rfind('.'))
        .unwrap_or(name.len());
    let (prefix, rest) = name.split_at(at);
    let mut prefixes = vec![prefix];
    let mut shorter = prefix;
    while let Some(dash) = shorter.trim_end_matches('-').rfind('-') {
        shorter = &shorter[..=dash];
        prefixes.push(shorter);
    }
    let is_instance = rest.starts_with('@') && rest != "@.service";
    prefixes
        .into_iter()
        .flat_map(|prefix| {
            let own = format!("{prefix}{rest}.d");
            [
                Some(own),
                is_instance.then(|| format!("{prefix}@.service.d")),
            ]
        })
        .flatten()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_with_a_dash_have_drop_ins_too() {
        assert_eq!(
            drop_in_directories("foo-bar-baz.service"),
            [
                "foo-bar-baz.service.d",
                "foo-bar-.service.d",
                "foo-.service.d"
            ]
        );
        assert_eq!(
            drop_in_directories("foo-bar@x-y.service"),
            [
                "foo-bar@x-y.service.d",
                "foo-bar@.service.d",
                "foo-@x-y.service.d",
                "foo-@.service.d"
            ]
        );
        assert_eq!(drop_in_directories("a@.service"), ["a@.service.d"]);
        assert_eq!(drop_in_directories("a.service"), ["a.service.d"]);
    }
}
