//! The executables of store paths. Each file is read at most once, when a search first gets to it.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::OnceLock;

use anyhow::Result;
use globset::GlobSet;
use rayon::prelude::*;

use super::executables::{Executable, Listed, Others, What, list, on_disk, others};
use super::facts::{Facts, facts};
use super::inert::inert;
use super::names::{NameId, Names};
use super::places::Place;
use super::search::SHELL;
use crate::store::{Beginning, StoreDir, StoreFiles, StorePath, below};

/// The executables of some store paths.
pub struct Inventory<'a> {
    pub(super) files: &'a dyn StoreFiles,
    pub(super) dir: &'a StoreDir,
    pub(super) paths: Vec<InPath<'a>>,
    pub(super) names: Names,
    by_hash: HashMap<&'a str, usize>,
    inert: GlobSet,
    unseen: Option<&'a StorePath>,
}

/// A store path with its executables.
pub(super) struct InPath<'a> {
    pub path: &'a StorePath,
    /// Sorted by path.
    pub executables: Vec<Executable>,
    /// The name of each.
    pub names: Vec<NameId>,
    /// How many symlinks of this path lead to each.
    pub names_of: Vec<BTreeSet<NameId>>,
    /// The symlinks to anything else, sorted by path.
    pub links: Vec<(String, String)>,
    facts: Vec<OnceLock<Facts>>,
    others: OnceLock<Others>,
}

/// An executable: its path and itself, each by number.
pub(super) type At = (usize, usize);

impl<'a> Inventory<'a> {
    /// Lists the executables of these store paths.
    pub fn look(
        dir: &'a StoreDir,
        paths: impl IntoIterator<Item = &'a StorePath>,
        files: &'a dyn StoreFiles,
    ) -> Result<Self> {
        let paths: Vec<_> = paths.into_iter().collect();
        let listed = paths.par_iter().map(|path| list(path, files));
        let listed: Vec<Option<Listed>> = listed.collect::<Result<_>>()?;
        let mut inventory = Self {
            files,
            dir,
            by_hash: paths.iter().map(|path| path.hash()).zip(0..).collect(),
            paths: Vec::with_capacity(paths.len()),
            names: Names::new(BTreeSet::new(), [])?,
            inert: inert()?,
            unseen: None,
        };
        for (path, listed) in paths.into_iter().zip(listed) {
            if listed.is_none() {
                inventory.unseen.get_or_insert(path);
            }
            let Listed { executables, links } = listed.unwrap_or_default();
            inventory.paths.push(InPath {
                path,
                executables,
                names: Vec::new(),
                names_of: Vec::new(),
                links,
                facts: Vec::new(),
                others: OnceLock::new(),
            });
        }
        inventory.add_links();
        inventory.add_names()?;
        Ok(inventory)
    }

    /// A store path that can't be looked at, if there is one.
    pub fn unseen(&self) -> Option<&'a StorePath> {
        self.unseen
    }

    /// Makes executables of the symlinks that lead to one.
    fn add_links(&mut self) {
        let leads = |at: usize, below: &str| self.leads_to(at, below).is_some();
        let of_path = |at: usize| -> Vec<bool> {
            let links = self.paths[at].links.iter();
            links.map(|(below, _)| leads(at, below)).collect()
        };
        let leading: Vec<_> = (0..self.paths.len()).into_par_iter().map(of_path).collect();
        for (path, leading) in self.paths.iter_mut().zip(leading) {
            let links = std::mem::take(&mut path.links);
            for ((below, target), leads) in links.into_iter().zip(leading) {
                if leads {
                    let what = What::Link(target);
                    path.executables.push(Executable { below, what });
                } else {
                    path.links.push((below, target));
                }
            }
            path.executables.sort_by(|a, b| a.below.cmp(&b.below));
        }
    }

    fn add_names(&mut self) -> Result<()> {
        // /bin/sh is named by it, whatever is there.
        let mut all: BTreeSet<String> = [SHELL.to_owned()].into();
        for path in &self.paths {
            let names = path.executables.iter();
            all.extend(names.map(|executable| executable.name(path.path).to_owned()));
        }
        self.names = Names::new(all, self.by_hash.keys().copied())?;
        for path in &mut self.paths {
            let names = path.executables.iter().map(|executable| {
                let name = executable.name(path.path).as_bytes();
                self.names.find(name).unwrap_or_default()
            });
            path.names = names.collect();
            path.names_of
                .resize_with(path.executables.len(), BTreeSet::new);
            path.facts
                .resize_with(path.executables.len(), OnceLock::new);
        }
        for at in 0..self.paths.len() {
            for index in 0..self.paths[at].executables.len() {
                if let What::Link(_) = self.paths[at].executables[index].what
                    && let Some((path, file)) = self.file_of((at, index))
                    && path == at
                {
                    let name = self.paths[at].names[index];
                    self.paths[at].names_of[file].insert(name);
                }
            }
        }
        Ok(())
    }

    /// The number of the store path with this hash.
    pub(super) fn find(&self, hash: &str) -> Option<usize> {
        self.by_hash.get(hash).copied()
    }

    /// The executable with this path below the store: `<hash>-name/bin/x`.
    pub(super) fn at(&self, file: &str) -> Option<At> {
        let (base, below) = file.split_once('/').unwrap_or((file, ""));
        let path = self.find(base.split('-').next()?)?;
        Some((path, self.paths[path].find(below)?))
    }

    /// The executable at this path, with symlinks followed to the store path that it is in.
    pub(super) fn at_path(&self, path: &str) -> Option<At> {
        let owner = self.dir.owner(path)?;
        let below = below(path, owner.as_str())?;
        match self.place(self.find(owner.hash())?, below.trim_start_matches('/')) {
            Place::Executable(at) => Some(at),
            Place::Within(..) | Place::Outside => None,
        }
    }

    /// The executable at a place.
    pub(super) fn executable(&self, (path, index): At) -> &Executable {
        &self.paths[path].executables[index]
    }

    /// The absolute path of an executable.
    pub(super) fn whole(&self, at: At) -> String {
        let path = self.paths[at.0].path;
        match self.executable(at).below.as_str() {
            "" => path.to_string(),
            below => format!("{path}/{below}"),
        }
    }

    /// What an executable file contains.
    pub(super) fn facts(&self, at: At) -> Result<&Facts> {
        let (path, index) = at;
        let cell = &self.paths[path].facts[index];
        if let Some(found) = cell.get() {
            return Ok(found);
        }
        let executable = self.executable(at);
        let beginning = match executable.what {
            What::File(beginning) => beginning,
            What::Link(_) => Beginning::Other,
        };
        let found = match on_disk(self.paths[path].path, &executable.below) {
            Some(whole) => facts(&whole, beginning, &self.names, self.files)?,
            None => Facts::default(),
        };
        Ok(cell.get_or_init(|| found))
    }

    /// What the other files of a store path contain.
    pub(super) fn others(&self, at: usize) -> Result<&Others> {
        let path = &self.paths[at];
        if let Some(found) = path.others.get() {
            return Ok(found);
        }
        let InPath {
            path: store_path,
            executables,
            ..
        } = path;
        let found = others(
            store_path,
            executables,
            &self.inert,
            &self.names,
            self.files,
        )?;
        Ok(path.others.get_or_init(|| found))
    }
}

impl InPath<'_> {
    /// The number of the executable at this path below it.
    pub fn find(&self, below: &str) -> Option<usize> {
        let find = |executable: &Executable| executable.below.as_str().cmp(below);
        self.executables.binary_search_by(find).ok()
    }

    /// The target of a symlink at this path below it.
    pub fn target(&self, below: &str) -> Option<&str> {
        let found = self
            .links
            .binary_search_by(|(link, _)| link.as_str().cmp(below));
        if let Ok(found) = found {
            return Some(&self.links[found].1);
        }
        match &self.executables[self.find(below)?].what {
            What::Link(target) => Some(target),
            What::File(_) => None,
        }
    }

    /// The numbers of the executables below a directory.
    pub fn below(&self, directory: &str) -> Range<usize> {
        if directory.is_empty() {
            return 0..self.executables.len();
        }
        // `/` and what follows it: paths with this beginning are next to each other.
        let start = format!("{directory}/");
        let first = self
            .executables
            .partition_point(|executable| *executable.below < *start);
        let rest = self.executables[first..].iter();
        let count = rest.take_while(|executable| executable.below.starts_with(&start));
        first..first + count.count()
    }
}
