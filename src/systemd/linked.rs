//! The directory into which NixOS links the units of packages (nixpkgs' `generateUnits`), for services.
//!
//! Every entry is a link out of the directory, so systemd knows each unit only by the name of the link: an alias in a package
//! is a separate unit there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::merge::printable;
use super::package_files::{End, PackageFiles};
use super::{Specifiers, UnitFile};
use crate::service::{Manager, SourceString};
use crate::store::{Entry, StoreDir, StoreFiles};

/// The directory.
pub struct Linked<'a> {
    pub(super) files: PackageFiles<'a>,
    packages: Vec<&'a str>,
    /// The files that packages ship, by name in the directory.
    pub(super) entries: BTreeMap<String, Vec<Shipped<'a>>>,
}

/// A file or a directory of a package.
#[derive(Clone)]
pub struct Shipped<'a> {
    /// Where it is.
    pub path: PathBuf,
    /// The package.
    pub package: &'a SourceString,
}

/// What a package ships under the name of a unit.
pub enum Fragment<'a> {
    /// A unit file.
    Unit(Shipped<'a>, UnitFile),
    /// An empty file or a link to /dev/null.
    Masked(PathBuf),
    /// A link out of the store, which is dangling when NixOS builds the directory.
    Dangling(PathBuf),
    /// Nothing.
    Missing,
}

impl<'a> Linked<'a> {
    /// Lists what `packages` ship.
    pub fn new(
        packages: &'a [SourceString],
        files: &'a dyn StoreFiles,
        dir: &'a StoreDir,
        manager: Manager,
    ) -> Result<Self> {
        let files = PackageFiles { files, dir };
        let mut entries = BTreeMap::<_, Vec<_>>::new();
        let mut seen = BTreeSet::new();
        for package in packages {
            if !seen.insert(package.text.as_str()) {
                continue;
            }
            for unit_dir in manager.unit_directories() {
                let directory = Path::new(&package.text).join(unit_dir);
                for name in files.list(&directory)? {
                    let path = directory.join(&name);
                    let shipped = Shipped { path, package };
                    entries.entry(name).or_default().push(shipped);
                }
            }
        }
        Ok(Self {
            files,
            packages: seen.into_iter().collect(),
            entries,
        })
    }

    /// The packages.
    pub fn packages(&self) -> &[&str] {
        &self.packages
    }

    /// The file of a unit of this name; NixOS refuses to build a system if two packages ship it.
    pub fn fragment(&self, name: &str, specifiers: &Specifiers) -> Result<Fragment<'a>> {
        let mut found = self.entries.get(name).into_iter().flatten();
        found.next().map_or(Ok(Fragment::Missing), |shipped| {
            self.look(shipped, specifiers)
        })
    }

    /// What is at a place of the store.
    pub fn look(&self, shipped: &Shipped<'a>, specifiers: &Specifiers) -> Result<Fragment<'a>> {
        if let End::Lost(_) = self.files.end(&shipped.path)? {
            return Ok(Fragment::Dangling(shipped.path.clone()));
        }
        let Some(unit) = self.read(shipped, specifiers)? else {
            return Ok(Fragment::Masked(shipped.path.clone()));
        };
        if let Some(refused) = &unit.refused {
            bail!("systemd does not load {}", refused.at(&shipped.path));
        }
        Ok(Fragment::Unit(shipped.clone(), unit))
    }

    /// Reads a unit file or a drop-in of the unit with these specifiers; `None` if it is empty or a link to /dev/null.
    pub fn read(&self, shipped: &Shipped, specifiers: &Specifiers) -> Result<Option<UnitFile>> {
        let content = self.files.content(&shipped.path)?;
        Ok(content.map(|content| UnitFile::parse(&content, specifiers)))
    }

    /// The drop-ins in a directory of this name, by file name. Adds a warning to `warnings` for each that systemd can't read,
    /// or that is unknown here.
    pub fn drop_ins(
        &self,
        directory: &str,
        warnings: &mut BTreeSet<String>,
    ) -> Result<BTreeMap<String, Shipped<'a>>> {
        let mut found = BTreeMap::<String, Shipped>::new();
        for place in self.entries.get(directory).into_iter().flatten() {
            for file in self.files.list(&place.path)? {
                if !file.ends_with(".conf") || file.starts_with('.') {
                    continue;
                }
                let shipped = Shipped {
                    path: place.path.join(&file),
                    package: place.package,
                };
                if let Some(why) = self.passed_over(&shipped)? {
                    warnings.insert(format!(
                        "warning: {} is ignored: {why}",
                        printable(&shipped.path.display().to_string())
                    ));
                    continue;
                }
                match found.get(&file) {
                    Some(first) => self.same(first, &shipped)?,
                    None => {
                        found.insert(file, shipped);
                    }
                }
            }
        }
        Ok(found)
    }

    /// Why a drop-in is ignored.
    fn passed_over(&self, shipped: &Shipped) -> Result<Option<&'static str>> {
        Ok(match self.files.end(&shipped.path)? {
            End::InStore(end) => match self.files.files.entry(&end, None)? {
                Some(Entry::Directory) => Some("it is a directory"),
                _ => None,
            },
            End::Lost(why) => Some(why),
            End::Null | End::Unknown => None,
        })
    }

    /// The name of a file in origins: without the hash of its package, which would be a reference.
    pub fn called(&self, path: &Path) -> String {
        let path = path.display().to_string();
        let base = path
            .strip_prefix(self.files.dir.as_str())
            .and_then(|below| below.strip_prefix('/'));
        match base.and_then(|base| base.split_once('-')) {
            Some((_, named)) => named.to_owned(),
            None => path,
        }
    }

    /// Two packages may ship the same drop-in. If they differ, NixOS links either one.
    fn same(&self, first: &Shipped, second: &Shipped) -> Result<()> {
        if self.files.content(&first.path)? != self.files.content(&second.path)? {
            bail!(
                "{} and {} have the same name but differ, and it is undefined which one NixOS uses: remove one of the packages from systemd.packages, or give the files different names",
                first.path.display(),
                second.path.display()
            );
        }
        Ok(())
    }
}
