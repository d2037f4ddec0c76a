//! The files of a store as a service sees them: without what its view leaves out.

use std::collections::BTreeMap;

use anyhow::Result;

use super::hidden::left_out;
use super::model::{Bundle, BundleService};
use crate::document::{Document, Kind};
use crate::store::{Closely, Directories, Entry, Item, StoreFiles, StorePath, below};

/// What a service's view leaves out of each path of its closure that has such files.
pub type LeftOut<'a> = BTreeMap<&'a StorePath, Vec<&'a str>>;

/// Returns what the view of a service leaves out.
pub fn left_out_of<'a>(bundle: &'a Bundle, service: &BundleService) -> LeftOut<'a> {
    let mut found = LeftOut::new();
    if service.hide.is_empty() {
        return found;
    }
    let Some(closure) = bundle.closures.get(&service.closure) else {
        return found;
    };
    for path in &closure.paths {
        let Some((path, info)) = bundle.paths.get_key_value(path) else {
            continue;
        };
        let lists = info.hidden.iter().chain(closure.hidden_of(path));
        let left = left_out(lists, &service.hide);
        if !left.is_empty() {
            found.insert(path, left);
        }
    }
    found
}

/// Whether a path below a store path is left out, itself or with a directory above it.
pub fn is_left_out(left: &[&str], path: &str) -> bool {
    left.iter().any(|hidden| below(path, hidden).is_some())
}

/// The files of a store without what the view of a service leaves out.
pub struct Hiding<'a> {
    files: &'a dyn StoreFiles,
    bundle: &'a Bundle,
    left: LeftOut<'a>,
}

impl<'a> Hiding<'a> {
    /// The files as this service sees them.
    pub fn new(files: &'a dyn StoreFiles, bundle: &'a Bundle, service: &BundleService) -> Self {
        Self {
            files,
            bundle,
            left: left_out_of(bundle, service),
        }
    }

    /// Whether an absolute path is left out.
    fn hides(&self, path: &str) -> bool {
        if self.left.is_empty() {
            return false;
        }
        let Some(owner) = self.bundle.store_dir.owner(path) else {
            return false;
        };
        let rest = path[owner.as_str().len()..].trim_start_matches('/');
        let name = Directories::name(rest.as_bytes());
        let left = self.left.get(&owner);
        left.is_some_and(|left| is_left_out(left, &name))
    }
}

impl StoreFiles for Hiding<'_> {
    fn entry(&self, path: &str, nar_size: Option<u64>) -> Result<Option<Entry>> {
        if self.hides(path) {
            return Ok(Some(Entry::Missing));
        }
        self.files.entry(path, nar_size)
    }

    fn open(&self, path: &str, kind: Kind) -> Result<Option<Document>> {
        if self.hides(path) {
            return Ok(None);
        }
        self.files.open(path, kind)
    }

    fn list(&self, path: &str) -> Result<Option<Vec<String>>> {
        if self.hides(path) {
            return Ok(None);
        }
        let mut names = self.files.list(path)?;
        if let Some(names) = &mut names {
            names.retain(|name| !self.hides(&format!("{path}/{name}")));
        }
        Ok(names)
    }

    fn directories(&self, path: &str) -> Result<Option<Directories>> {
        self.files.directories(path)
    }

    fn items(&self, path: &str, closely: Closely) -> Result<Option<Vec<Item>>> {
        self.files.items(path, closely)
    }

    fn looks_at_once(&self) -> Option<usize> {
        self.files.looks_at_once()
    }
}
