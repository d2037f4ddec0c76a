//! Compares the packages of two closures.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::model::{PackageChange, Step};
use super::{Side, beyond};
use crate::store::{Package, StorePath};

/// The paths of a closure that belong to one package.
#[derive(Default)]
struct Group<'a> {
    paths: BTreeSet<&'a StorePath>,
    versions: BTreeSet<&'a str>,
    /// Versions and outputs.
    items: BTreeSet<String>,
    size: u64,
}

/// Returns the packages that differ between the closures, by name.
pub fn changes(old: &Side, new: &Side) -> Vec<PackageChange> {
    if old.1.closure == new.1.closure {
        return Vec::new();
    }
    let (gone, come) = (&old.closure().paths, &new.closure().paths);
    let touched: HashSet<&str> = beyond(gone, come)
        .into_iter()
        .chain(beyond(come, gone))
        .map(|path| Package::parse(path.name()).name)
        .collect();
    let (mut before, after) = (groups(old, &touched), groups(new, &touched));
    let mut changes = Vec::new();
    for (name, after) in after {
        let before = before.remove(name).unwrap_or_default();
        if let Some(step) = step(&before, &after) {
            changes.push(change(name, step, &before, &after));
        }
    }
    for (name, before) in before {
        let step = Step::Removed {
            from: before.items.iter().cloned().collect(),
        };
        changes.push(change(name, step, &before, &Group::default()));
    }
    changes.sort_by(|a, b| a.name.cmp(&b.name));
    changes
}

/// Groups paths by package, but only for `touched` packages: most are the same on both sides.
fn groups<'a>(side: &Side<'a>, touched: &HashSet<&str>) -> BTreeMap<&'a str, Group<'a>> {
    let mut groups: BTreeMap<&str, Group> = BTreeMap::new();
    for path in &side.closure().paths {
        let package = Package::parse(path.name());
        if !touched.contains(package.name) {
            continue;
        }
        let group = groups.entry(package.name).or_default();
        group.paths.insert(path);
        group.versions.insert(package.version);
        group.items.insert(match package.output {
            "" => package.version.to_owned(),
            output => format!("{}-{output}", package.version),
        });
        group.size += side.size(path);
    }
    groups
}

fn step(before: &Group, after: &Group) -> Option<Step> {
    let items = |group: &Group| group.items.iter().cloned().collect();
    let versions =
        |group: &Group| -> Vec<String> { group.versions.iter().map(ToString::to_string).collect() };
    if before.paths == after.paths {
        None
    } else if before.paths.is_empty() {
        Some(Step::Added { to: items(after) })
    } else if before.items == after.items {
        Some(Step::Rebuilt {
            to: versions(after),
        })
    } else if before.versions == after.versions {
        Some(Step::Changed {
            from: items(before),
            to: items(after),
        })
    } else {
        Some(Step::Changed {
            from: versions(before),
            to: versions(after),
        })
    }
}

fn change(name: &str, step: Step, before: &Group, after: &Group) -> PackageChange {
    PackageChange {
        name: name.to_owned(),
        step,
        growth: after.size.cast_signed() - before.size.cast_signed(),
    }
}
