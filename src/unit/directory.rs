//! Directories of units, as systemd reads and merges them (systemd.unit(5), `unit_file_find_dropin_paths`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{DROP_IN_NAME, UnitFile};
use crate::service::UnitName;

/// Directories of units; what stands in an earlier one hides what has the same name in a later one.
pub struct UnitDirectories(Vec<PathBuf>);

/// A unit as systemd merges it.
#[derive(Debug, PartialEq, Eq)]
pub enum Merged {
    /// Its file and its drop-ins, one after the other.
    Unit(UnitFile),
    /// It is masked, or its file is empty.
    Masked,
    /// Its file is a link to a unit of another name.
    Alias(UnitName),
    /// There is no file for it.
    Missing,
}

impl UnitDirectories {
    /// These directories, each of which has to be there.
    pub fn new(directories: &[PathBuf]) -> Result<Self> {
        for directory in directories {
            fs::read_dir(directory)
                .with_context(|| format!("could not read the units in {}", directory.display()))?;
        }
        Ok(Self(directories.to_vec()))
    }

    /// The services in them: those with a file, and instances that have drop-ins of their own.
    pub fn names(&self) -> Result<BTreeSet<UnitName>> {
        let mut names = BTreeSet::new();
        for directory in &self.0 {
            for file in entries(directory)? {
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
        let Some(mut unit) = read(&path)? else {
            return Ok(Merged::Masked);
        };
        for drop_in in self.drop_ins(name)?.into_values() {
            if let Some(more) = read(&drop_in)? {
                unit.exec.extend(more.exec);
                unit.settings = unit.settings.followed_by(&more.settings);
            }
        }
        Ok(Merged::Unit(unit))
    }

    /// The file of a unit or of its template, and what else it is called.
    fn fragment(&self, name: &UnitName) -> Result<Option<(PathBuf, Option<UnitName>)>> {
        for candidate in [Some(name.clone()), name.template()].into_iter().flatten() {
            for directory in &self.0 {
                let path = directory.join(candidate.as_str());
                match fs::symlink_metadata(&path) {
                    Ok(_) => {
                        let alias = fs::read_link(&path)
                            .ok()
                            .and_then(|target| UnitName::parse(target.file_name()?.to_str()?).ok());
                        let is_other = |alias: &UnitName| {
                            *alias != candidate && Some(alias) != name.template().as_ref()
                        };
                        return Ok(Some((path, alias.filter(is_other))));
                    }
                    Err(error) if error.kind() == ErrorKind::NotFound => {}
                    Err(error) => {
                        return Err(error)
                            .with_context(|| format!("could not read {}", path.display()));
                    }
                }
            }
        }
        Ok(None)
    }

    /// The drop-ins that apply, by file name; of one name the most specific. Our own is none of the unit's.
    fn drop_ins(&self, name: &UnitName) -> Result<BTreeMap<String, PathBuf>> {
        let mut found = BTreeMap::new();
        let of_units = self.0.iter().flat_map(|directory| {
            let names = drop_in_directories(name.as_str());
            names.into_iter().map(move |name| directory.join(name))
        });
        let of_all = self.0.iter().map(|directory| directory.join("service.d"));
        for directory in of_units.chain(of_all) {
            if !directory.is_dir() {
                continue;
            }
            for file in entries(&directory)? {
                if file.ends_with(".conf") && !file.starts_with('.') && file != DROP_IN_NAME {
                    let path = directory.join(&file);
                    found.entry(file).or_insert(path);
                }
            }
        }
        Ok(found)
    }
}

/// The directories whose drop-ins are for a unit, the most specific first: its own, its template's, and those of each prefix that
/// ends in a dash (`foo-bar@x`: `foo-bar@x`, `foo-bar@`, `foo-@x`, `foo-@`; `unit_file_find_dirs`).
fn drop_in_directories(name: &str) -> Vec<String> {
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

/// A file of a unit; none where it is empty or a link to /dev/null, which masks.
fn read(path: &Path) -> Result<Option<UnitFile>> {
    let context = || format!("could not read {}", path.display());
    let metadata = fs::metadata(path).with_context(context)?;
    let is_null = fs::canonicalize(path).is_ok_and(|path| path == Path::new("/dev/null"));
    if is_null || metadata.is_file() && metadata.len() == 0 {
        return Ok(None);
    }
    anyhow::ensure!(
        metadata.is_file(),
        "could not read {}: it is no regular file",
        path.display()
    );
    let content = fs::read(path).with_context(context)?;
    let text = String::from_utf8(content)
        .with_context(|| format!("could not read {}: it is not UTF-8", path.display()))?;
    UnitFile::parse(&text).map(Some).with_context(context)
}

/// The names in a directory that are text, as those of units are.
fn entries(directory: &Path) -> Result<Vec<String>> {
    let context = || format!("could not read {}", directory.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(directory).with_context(context)? {
        names.extend(entry.with_context(context)?.file_name().into_string().ok());
    }
    Ok(names)
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
