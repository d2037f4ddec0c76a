//! The executables that runs of a service touched, and what remains if only these are shown.

use std::collections::{BTreeMap, BTreeSet};

use super::inventory::{At, Inventory};
use super::told::{Called, Why};
use super::{Executable, executables::What};
use crate::store::{Package, StorePath};

impl Inventory<'_> {
    /// The executables of a closure at the places of these files, each `<hash>-name/bin/x`: in the same store path or, if the closure
    /// lacks it, in another version of its package. With an executable come the symlinks that lead to it, which records don't have.
    pub fn ran<'f>(
        &self,
        closure: &[&StorePath],
        files: impl IntoIterator<Item = &'f str>,
    ) -> BTreeSet<String> {
        let closure: BTreeSet<usize> = self.numbers(closure).into_iter().collect();
        let mut by_package: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for path in &closure {
            let package = Package::parse(self.paths[*path].path.name());
            by_package.entry(package.name).or_default().push(*path);
        }
        let mut found: BTreeSet<At> = BTreeSet::new();
        for file in files {
            let (base, below) = file.split_once('/').unwrap_or((file, ""));
            let Some((hash, name)) = base.split_once('-') else {
                continue;
            };
            let same = self.find(hash).filter(|path| closure.contains(path));
            let others = || by_package.get(Package::parse(name).name).cloned();
            let paths = match same {
                Some(path) => vec![path],
                None => others().unwrap_or_default(),
            };
            let at = |path: usize| Some((path, self.paths[path].find(below)?));
            found.extend(paths.into_iter().filter_map(at));
        }
        let links = closure.iter().flat_map(|path| self.all(*path));
        let leads_to_one = |at: &At| self.file_of(*at).is_some_and(|file| found.contains(&file));
        let links: Vec<_> = links.filter(leads_to_one).collect();
        let all = found.iter().chain(&links);
        all.map(|at| self.below_store(*at)).collect()
    }

    /// The numbers of store paths.
    pub(super) fn numbers(&self, paths: &[&StorePath]) -> Vec<usize> {
        let paths = paths.iter();
        paths.filter_map(|path| self.find(path.hash())).collect()
    }

    /// The executables of a store path.
    pub(super) fn all(&self, path: usize) -> impl Iterator<Item = At> {
        (0..self.paths[path].executables.len()).map(move |index| (path, index))
    }

    /// The path of an executable below the store.
    fn below_store(&self, at: At) -> String {
        let base = self.paths[at.0].path.base();
        match self.executable(at).below.as_str() {
            "" => base.to_owned(),
            below => format!("{base}/{below}"),
        }
    }
}

impl Called {
    /// The executables of the closure that neither a unit names nor a run touched, in the form of [`Called::hidable`]. If no record
    /// tells whether a run called /bin/sh, that stays if something can.
    pub fn unobserved<'i>(
        &self,
        inventory: &'i Inventory,
    ) -> BTreeMap<&'i StorePath, Vec<&'i Executable>> {
        let known = self.kept.iter();
        let known = known.filter(|(_, why)| matches!(why, Why::Unit | Why::Ran | Why::Given));
        let mut shown: BTreeSet<At> = BTreeSet::new();
        let mut next: Vec<At> = known.map(|(at, _)| *at).collect();
        let is_called = |at: &&At| !self.untold.is_empty() || self.kept.contains_key(*at);
        next.extend(self.unrecorded_shells.iter().filter(is_called));
        while let Some(at) = next.pop() {
            let is_new = shown.insert(at);
            if let (true, What::Link(_)) = (is_new, &inventory.executable(at).what) {
                let below = &inventory.executable(at).below;
                next.extend(inventory.leads_to(at.0, below));
            }
        }
        self.hidable_but(inventory, |at| shown.contains(&at))
    }
}
