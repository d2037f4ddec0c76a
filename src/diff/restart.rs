//! Finds the store paths with which the change of a closure started.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{PackageChange, Start};
use super::{Side, beyond};
use crate::store::{Package, StorePath};

/// Returns the new paths that refer to no other new path: the others are new because of them. Changed versions come first.
pub fn starts(old: &Side, new: &Side, packages: &[PackageChange]) -> Vec<Start> {
    let fresh: BTreeSet<&StorePath> = beyond(&new.closure().paths, &old.closure().paths)
        .into_iter()
        .collect();
    let changes: BTreeMap<_, _> = packages
        .iter()
        .map(|change| (change.name.as_str(), change))
        .collect();
    let mut starts: Vec<_> = fresh
        .iter()
        .filter(|path| {
            new.0.bundle.paths[**path]
                .references
                .iter()
                .all(|reference| reference == **path || !fresh.contains(reference))
        })
        .filter_map(|path| {
            let change = changes.get(Package::parse(path.name()).name)?;
            Some(Start {
                path: (*path).clone(),
                change: (*change).clone(),
            })
        })
        .collect();
    starts.sort_by(|a, b| {
        fn key(start: &Start) -> impl Ord + '_ {
            (start.change.is_rebuilt(), &start.change.name, &start.path)
        }
        key(a).cmp(&key(b))
    });
    starts
}
