//! Directories of units, as systemd reads and merges them (systemd.unit(5), `unit_file_find_dropin_paths`).

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::host_files::{self, UnitEntry};
use super::names::{Fragment, drop_in_directories, found, instance_of};
use super::{DROP_IN_NAME, Specifiers, UnitFile};
use crate::service::UnitName;

/// How many links from name to name systemd follows (`FOLLOW_MAX`).
const MOST_LINKS: usize = 8;

/// Directories of units; a file in an earlier one hides files of the same name in later ones.
pub struct UnitDirectories {
    directories: Vec<PathBuf>,
    /// The names that are links to other names.
    aliases: OnceCell<Vec<UnitName>>,
}

/// A file that is merged into a unit.
#[derive(Debug, PartialEq, Eq)]
pub struct Part {
    /// The name of the drop-in; `None` for the unit's own file.
    pub drop_in: Option<String>,
    /// Its path.
    pub path: PathBuf,
    /// Its content.
    pub unit: UnitFile,
}

/// The path of a drop-in and its content; `None` if it is masked or can't be read.
type DropIn = (PathBuf, Option<Vec<u8>>);

/// A unit as systemd merges it.
#[derive(Debug, PartialEq, Eq)]
pub enum Merged {
    /// Its file and its drop-ins, in the order in which systemd reads them, with a warning for everything that systemd ignores
    /// in them.
    Unit(Vec<Part>, Vec<String>),
    /// It is masked, or its file is empty.
    Masked,
    /// It is an alias of another unit.
    Alias(UnitName),
    /// systemd does not load it, for this reason.
    Refused(String),
    /// There is no file for it.
    Missing,
}

impl UnitDirectories {
    /// Opens these directories, each of which must exist.
    pub fn new(directories: &[PathBuf]) -> Result<Self> {
        for directory in directories {
            fs::read_dir(directory)
                .with_context(|| format!("cannot read the units in {}", directory.display()))?;
        }
        Ok(Self {
            directories: directories.to_vec(),
            aliases: OnceCell::new(),
        })
    }

    /// The services in them: those with a file, and instances with their own drop-ins.
    pub fn names(&self) -> Result<BTreeSet<UnitName>> {
        let mut names = BTreeSet::new();
        for directory in &self.directories {
            for file in host_files::list(directory)? {
                let name = file.strip_suffix(".d").unwrap_or(&file);
                // systemd also ignores names that are not valid.
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

    /// A unit with its drop-ins, the most important read last.
    pub fn read(&self, name: &UnitName) -> Result<Merged> {
        let Some((path, id)) = self.fragment(name)? else {
            return Ok(Merged::Missing);
        };
        if id != *name {
            return Ok(Merged::Alias(id));
        }
        let mut ignored = Vec::new();
        let parts = match self.merge(path, &id, &mut ignored) {
            Ok(Some(parts)) => parts,
            Ok(None) => return Ok(Merged::Masked),
            Err(error) => return Ok(Merged::Refused(format!("{error:#}"))),
        };
        let mut unit = UnitFile::default();
        for part in &parts {
            unit.add(&part.unit);
        }
        if let (Some(reason), Some(fragment)) = (unit.refusal(), parts.first()) {
            let path = fragment.path.display();
            return Ok(Merged::Refused(format!("{path}: {reason}")));
        }
        Ok(Merged::Unit(parts, ignored))
    }

    /// For a unit without a file: a warning about what has its name but is not a unit file.
    pub fn passed_over(&self, name: &UnitName) -> Result<Option<String>> {
        for directory in &self.directories {
            let path = directory.join(name.as_str());
            let what = match host_files::look(&path)? {
                UnitEntry::Missing | UnitEntry::File => continue,
                UnitEntry::Link(target) => format!(
                    "it is a link to {}, and {name} can't be an alias of that",
                    target.display()
                ),
                UnitEntry::Other => "it is not a file".to_owned(),
            };
            return Ok(Some(format!("skipping {}: {what}", path.display())));
        }
        Ok(None)
    }

    /// The files of a unit, with what systemd ignores in them; an error if systemd refuses the unit.
    fn merge(
        &self,
        path: PathBuf,
        id: &UnitName,
        ignored: &mut Vec<String>,
    ) -> Result<Option<Vec<Part>>> {
        let aliases = self.aliases_of(id)?;
        let names: Vec<_> = std::iter::once(id).chain(&aliases).collect();
        let Some(content) = host_files::content(&path)? else {
            return Ok(None);
        };
        let real = host_files::real(&path).unwrap_or_else(|| path.clone());
        let specifiers = Specifiers::of(id).in_file(&real);
        let unit = UnitFile::parse(&content, &specifiers);
        if let Some(refused) = &unit.refused {
            bail!("{}", refused.at(&path));
        }
        let mut parts = vec![Part {
            drop_in: None,
            path,
            unit,
        }];
        for (file, (path, content)) in self.drop_ins(&names, ignored)? {
            if let Some(content) = content {
                parts.push(Part {
                    drop_in: Some(file),
                    unit: UnitFile::parse(&content, &specifiers),
                    path,
                });
            }
        }
        ignored.extend(parts.iter().flat_map(|part| part.unit.said(&part.path)));
        Ok(Some(parts))
    }

    /// The file of a unit or of its template, and the name of the unit.
    fn fragment(&self, name: &UnitName) -> Result<Option<(PathBuf, UnitName)>> {
        for first in [Some(name.clone()), name.template()].into_iter().flatten() {
            let mut candidate = first;
            for _ in 0..MOST_LINKS {
                let mut next = found(&self.directories, &candidate)?;
                if next.is_none()
                    && candidate != *name
                    && let Some(template) = candidate.template()
                {
                    next = found(&self.directories, &template)?;
                    candidate = template;
                }
                match next {
                    None => break,
                    Some(Fragment::File(path)) => {
                        let id = instance_of(&candidate, name);
                        return Ok(Some((path, id)));
                    }
                    Some(Fragment::Alias(other)) => candidate = other,
                }
            }
        }
        Ok(None)
    }

    /// The other names of a unit, whose drop-ins apply to it.
    fn aliases_of(&self, id: &UnitName) -> Result<Vec<UnitName>> {
        let aliases = if let Some(aliases) = self.aliases.get() {
            aliases
        } else {
            let aliases = self.find_aliases()?;
            self.aliases.get_or_init(|| aliases)
        };
        let mut names = Vec::new();
        for alias in aliases {
            let alias = instance_of(alias, id);
            if alias != *id && matches!(self.fragment(&alias)?, Some((_, of)) if of == *id) {
                names.push(alias);
            }
        }
        Ok(names)
    }

    fn find_aliases(&self) -> Result<Vec<UnitName>> {
        let mut aliases = Vec::new();
        for name in self.names()? {
            let found = found(&self.directories, &name)?;
            if matches!(found, Some(Fragment::Alias(_))) {
                aliases.push(name);
            }
        }
        Ok(aliases)
    }

    /// The drop-ins that apply, by file name, with their content; of one name, the most specific. Excludes confinix's own.
    fn drop_ins(
        &self,
        names: &[&UnitName],
        ignored: &mut Vec<String>,
    ) -> Result<BTreeMap<String, DropIn>> {
        let mut found = BTreeMap::new();
        for directory in self.drop_in_places(names) {
            for file in host_files::list(&directory)? {
                let is_drop_in =
                    file.ends_with(".conf") && !file.starts_with('.') && file != DROP_IN_NAME;
                if !is_drop_in || found.contains_key(&file) {
                    continue;
                }
                let path = directory.join(&file);
                // An unreadable one still hides others.
                let content = host_files::content(&path).unwrap_or_else(|error| {
                    ignored.push(format!("{error:#} (ignored)"));
                    None
                });
                found.insert(file, (path, content));
            }
        }
        Ok(found)
    }

    /// The directories of drop-ins, the most important first.
    fn drop_in_places(&self, names: &[&UnitName]) -> Vec<PathBuf> {
        let of_names = |name: &&UnitName| drop_in_directories(name.as_str());
        let mut places = Vec::new();
        for units in names.iter().map(of_names) {
            for directory in &self.directories {
                places.extend(units.iter().map(|unit| directory.join(unit)));
            }
        }
        let of_all = self.directories.iter();
        places.extend(of_all.map(|directory| directory.join("service.d")));
        places
    }
}
