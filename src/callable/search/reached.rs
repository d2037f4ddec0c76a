//! What a mention of a store path reaches.

use anyhow::Result;

use super::Search;
use crate::callable::places::Place;
use crate::callable::told::Why;
use crate::store::Entry;

impl Search<'_, '_> {
    /// A store path, with what is behind its hash.
    pub(super) fn mention(&mut self, hash: &str, rest: &str, why: Why) -> Result<()> {
        let inventory = self.inventory;
        let Some(path) = inventory.find(hash).filter(|at| self.closure.contains(at)) else {
            return Ok(());
        };
        self.see(path);
        let name = inventory.paths[path].path.name();
        let behind = rest
            .strip_prefix('-')
            .and_then(|rest| rest.strip_prefix(name));
        let below = behind.and_then(|rest| rest.strip_prefix('/'));
        let Some(below) = below else {
            self.open(path, "");
            return Ok(());
        };
        let mut below = below.trim_end_matches('/');
        for below in [below, below.trim_end_matches('.')] {
            if let Place::Executable(at) = inventory.place(path, below) {
                self.keep(at, why);
                self.by_path.entry(why).or_default().insert(at);
                // One that is called by its path often looks for others beside it.
                self.open(path, "");
                self.open(at.0, "");
                return Ok(());
            }
        }
        // A path that is put together is known to its last whole directory.
        loop {
            let (at, found) = match inventory.place(path, below) {
                Place::Within(at, found) => (at, found),
                Place::Executable(at) => (at.0, String::new()),
                Place::Outside => return Ok(()),
            };
            self.see(at);
            if found.is_empty() || !inventory.paths[at].below(&found).is_empty() {
                self.open(at, &found);
                return Ok(());
            }
            let whole = format!("{}/{found}", inventory.paths[at].path);
            let entry = inventory.files.entry(&whole, None)?;
            if !matches!(entry, None | Some(Entry::Missing)) {
                return Ok(());
            }
            below = below.rsplit_once('/').map_or("", |(above, _)| above);
        }
    }

    /// The files of a store path can be read.
    pub(super) fn see(&mut self, path: usize) {
        if self.closure.contains(&path) && self.seen.insert(path) {
            self.seen_now.push(path);
        }
    }

    /// The executables in and below a directory can be called by name.
    pub(super) fn open(&mut self, path: usize, directory: &str) {
        self.see(path);
        let is_open = |opened: &str| self.opened.contains(&(path, opened.to_owned()));
        if is_open("") || !self.opened.insert((path, directory.to_owned())) {
            return;
        }
        let inventory = self.inventory;
        let of_path = &inventory.paths[path];
        for index in of_path.below(directory) {
            let name = of_path.names[index];
            if let Some(why) = self.words.get(&name) {
                self.keep((path, index), *why);
            } else {
                self.waiting.entry(name).or_default().push((path, index));
            }
        }
    }
}
