//! The store paths of several bundles.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

use crate::bundle::{Bundle, BundlePath};
use crate::source::{FailedHost, Loaded};
use crate::store::StorePath;

/// Store paths, each with what one of the bundles says of it.
#[derive(Default)]
pub struct Components<'a>(BTreeMap<&'a StorePath, &'a BundlePath>);

impl<'a> Components<'a> {
    /// The store paths of hosts, with the hosts that they are of and those that fail, because they have other contents at a store path than
    /// the hosts before them: builds that are not reproducible on machines that don't share a store.
    pub fn of(hosts: &'a [Loaded]) -> (Self, Vec<&'a Loaded>, Vec<FailedHost>) {
        let mut components = Self::default();
        let mut taken = Vec::new();
        let mut failed = Vec::new();
        for loaded in hosts {
            match components.add(&loaded.bundle) {
                Ok(()) => taken.push(loaded),
                Err(error) => failed.push(FailedHost {
                    name: (loaded.host.as_ref())
                        .map_or_else(|| loaded.name.clone(), ToString::to_string),
                    error,
                }),
            }
        }
        (components, taken, failed)
    }

    /// Adds those of a bundle, or none of them.
    fn add(&mut self, bundle: &'a Bundle) -> Result<()> {
        for (path, info) in &bundle.paths {
            let differs = |known: &&BundlePath| {
                known.nar_hash != info.nar_hash || known.references != info.references
            };
            if self.0.get(path).is_some_and(differs) {
                bail!(
                    "{path} has other contents than on another host, so they can't be in one bill of materials: write one for each"
                );
            }
        }
        self.0.extend(&bundle.paths);
        Ok(())
    }

    /// All of them, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&'a StorePath, &'a BundlePath)> {
        self.0.iter().map(|(path, info)| (*path, *info))
    }

    /// The number of store paths.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}
