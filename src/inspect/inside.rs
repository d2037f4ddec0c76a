//! What stands at a path inside the root of a service.

use std::collections::BTreeSet;

use anyhow::Result;

use super::found::Found;
use super::made::Made;
use crate::bundle::{Bundle, BundleService, Closure};
use crate::document::{Document, Kind};
use crate::store::{Entry, StoreDir, StoreFiles, StorePath, Walk, below};
use crate::systemd::all_binds;

/// The root of a service.
pub struct Inside<'a> {
    dir: &'a StoreDir,
    files: &'a dyn StoreFiles,
    closure: BTreeSet<&'a str>,
    /// What is shown where: target, source.
    binds: Vec<(String, String)>,
    made: Made,
    /// Whether the root is a directory of the host's, in which anything may stand beside the store.
    is_of_host: bool,
}

impl<'a> Inside<'a> {
    /// The root that a service of a bundle has, with the store's files as they are. `is_privileged`: as its commands with `+` see it.
    pub fn new(
        bundle: &'a Bundle,
        service: &'a BundleService,
        closure: &'a Closure,
        files: &'a dyn StoreFiles,
        is_privileged: bool,
    ) -> Self {
        let both = service.settings.clone().followed_by(&service.confinement);
        // The drop-in of an adopted service says again what of its own binds stays.
        let binding = if service.adopt {
            &service.confinement
        } else {
            &both
        };
        let mut shown: Vec<_> = all_binds(binding)
            .map(|(_, bind)| (bind.target, bind.source))
            .collect();
        if let Some(program) = &service.bin_sh {
            shown.push(("/bin/sh".to_owned(), program.clone()));
        }
        // The most specific mount is the one that is seen.
        shown.sort_by_key(|(target, _)| std::cmp::Reverse(target.len()));
        Self {
            dir: &bundle.store_dir,
            files,
            closure: closure.paths.iter().map(StorePath::base).collect(),
            binds: shown,
            made: Made::new(&both, is_privileged),
            is_of_host: service.adopt,
        }
    }

    /// Whether a store path is in the closure.
    pub fn has(&self, base: &str) -> bool {
        self.closure.contains(base)
    }

    /// The store's directory.
    pub fn store_dir(&self) -> &StoreDir {
        self.dir
    }

    /// Whether a path lies where everything is new when the service starts, so that what is there its own commands have made. A store
    /// below /tmp does not.
    pub fn is_fresh(&self, path: &str) -> bool {
        self.dir.owner(path).is_none() && self.made.is_fresh(path)
    }

    /// Whether a file can be made at an absolute path where there is none; none where only the host can tell. `parents`: with the
    /// directories that lead to it.
    pub fn can_be_made(&self, path: &str, parents: bool) -> Result<Option<bool>> {
        let mut dir = path;
        while let Some((above, _)) = dir.rsplit_once('/') {
            dir = if above.is_empty() { "/" } else { above };
            return Ok(match self.look(dir)? {
                Found::Missing if parents && dir != "/" => continue,
                Found::Missing if self.is_fresh(dir) => None,
                Found::Missing | Found::File { .. } => Some(false),
                Found::Unknown => None,
                Found::Directory if self.is_of_host => None,
                Found::Directory => self.made.is_writable(dir),
            });
        }
        Ok(None)
    }

    /// What `test FLAG PATH` says, where that can be told beforehand.
    pub fn test(&self, flag: &str, path: &str) -> Option<bool> {
        if !path.starts_with('/') {
            return None;
        }
        match (self.look(path).ok()?, flag) {
            (Found::Missing, _) if self.is_fresh(path) => None,
            (
                Found::Missing,
                "-e" | "-a" | "-f" | "-d" | "-r" | "-w" | "-x" | "-s" | "-S" | "-p" | "-b" | "-c",
            ) => matches!(self.can_be_made(path, true), Ok(Some(false))).then_some(false),
            (Found::Directory, "-e" | "-d") | (Found::File { .. }, "-e" | "-f") => Some(true),
            (Found::Directory, "-f") | (Found::File { .. }, "-d") => Some(false),
            (Found::File { executable, .. }, "-x") => Some(executable),
            _ => None,
        }
    }

    /// The content of a file that [`Self::look`] has found.
    pub fn read(&self, file: &str, kind: Kind) -> Result<Option<Vec<u8>>> {
        self.files.read(file, kind)
    }

    /// Opens a program that [`Self::look`] has found.
    pub fn open(&self, file: &str) -> Result<Option<Document>> {
        self.files.open(file, Kind::Program)
    }

    /// What stands at an absolute path, all symlinks followed inside the root.
    pub fn look(&self, path: &str) -> Result<Found> {
        let mut walk = Walk::new(path);
        while let Some(here) = walk.step() {
            match self.at(&here)? {
                At::Link(target) => {
                    if !walk.follow(&target) {
                        return Ok(Found::Missing);
                    }
                }
                At::Found(Found::Directory) => {}
                At::Found(Found::File { .. }) if walk.goes_on() => return Ok(Found::Missing),
                At::Found(end) => return Ok(end),
            }
        }
        Ok(Found::Directory)
    }

    /// What stands at a path whose parents are no symlinks.
    fn at(&self, here: &str) -> Result<At> {
        for (target, source) in &self.binds {
            let Some(rest) = below(here, target) else {
                continue;
            };
            // A store path in the closure is shown as it is.
            if target == source && self.dir.owner(target).is_some() {
                continue;
            }
            let file = format!("{source}{rest}");
            return match self.dir.owner(&file) {
                Some(_) => self.entry(&file),
                None => Ok(At::Found(Found::Unknown)),
            };
        }
        if let Some(owner) = self.dir.owner(here) {
            return if self.closure.contains(owner.base())
                || self
                    .binds
                    .iter()
                    .any(|(target, _)| below(here, target).is_some())
            {
                self.entry(here)
            } else {
                Ok(At::Found(Found::Missing))
            };
        }
        if below(self.dir.as_str(), here).is_some() {
            return Ok(At::Found(Found::Directory));
        }
        if let Some(found) = self.made.look(here) {
            return Ok(At::Found(match found {
                Found::Missing if self.is_of_host => Found::Unknown,
                found => found,
            }));
        }
        let is_above = (self.binds.iter()).any(|(target, _)| below(target, here).is_some());
        Ok(At::Found(if is_above {
            Found::Directory
        } else if self.is_of_host {
            Found::Unknown
        } else {
            Found::Missing
        }))
    }

    fn entry(&self, file: &str) -> Result<At> {
        Ok(match self.files.entry(file, None)? {
            None | Some(Entry::Other) => At::Found(Found::Unknown),
            Some(Entry::Missing) => At::Found(Found::Missing),
            Some(Entry::Symlink(target)) => At::Link(target),
            Some(Entry::Directory) => At::Found(Found::Directory),
            Some(Entry::File { executable, .. }) => At::Found(Found::File {
                file: file.to_owned(),
                executable,
            }),
        })
    }
}

enum At {
    Link(String),
    Found(Found),
}
