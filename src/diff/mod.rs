//! Compares two bundles, or those of several hosts, service by service.

mod model;
mod packages;
mod restart;
mod settings;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::bundle::{Bundle, BundleService, Closure};
use crate::service::{HostName, HostService, UnitName};
use crate::store::StorePath;
use crate::surface::{Counted, Surfaces};

pub use model::{Diff, Extent, PackageChange, Restart, ServiceDiff, SettingChange, Start, Step};

/// A bundle to compare.
#[derive(Clone, Copy)]
pub struct Compare<'a> {
    /// The bundle.
    pub bundle: &'a Bundle,
    /// The files of its store paths, to compare surfaces.
    pub surfaces: Option<&'a Surfaces<'a>>,
}

/// A host as it was and as it becomes; one of the two is missing for a host that comes or goes.
#[derive(Clone, Copy)]
pub struct Pair<'a> {
    /// The host; `None` if it is the only one.
    pub host: Option<&'a HostName>,
    /// Its old bundle.
    pub before: Option<Compare<'a>>,
    /// Its new bundle.
    pub after: Option<Compare<'a>>,
}

/// Returns the changes of all hosts.
pub fn diff(pairs: &[Pair]) -> Diff {
    let mut all = Diff::default();
    for diff in pairs.par_iter().map(diff_of).collect::<Vec<_>>() {
        all.extend(diff);
    }
    all
}

fn diff_of(pair: &Pair) -> Diff {
    let none = BTreeMap::new();
    let old = pair.before.map_or(&none, |side| &side.bundle.services);
    let new = pair.after.map_or(&none, |side| &side.bundle.services);
    let names: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    let names: Vec<_> = names.into_iter().collect();
    let name_of = |unit: &UnitName| HostService {
        host: pair.host.cloned(),
        unit: unit.clone(),
    };
    let changes: Vec<_> = names
        .par_iter()
        .map(|name| {
            let (left, right) = (old.get(*name)?, new.get(*name)?);
            let (before, after) = (pair.before?, pair.after?);
            service_diff(name_of(name), &Side(before, left), &Side(after, right))
        })
        .collect();
    let mut diff = Diff::default();
    for (name, change) in names.into_iter().zip(changes) {
        let only = |side: Option<Compare<'_>>, service: Option<&BundleService>| {
            Some((name_of(name), extent(side?, service?)))
        };
        match (old.get(name), new.get(name), change) {
            (None, service, _) => diff.added.extend(only(pair.after, service)),
            (service, None, _) => diff.removed.extend(only(pair.before, service)),
            (_, _, Some(change)) => diff.changed.push(change),
            (_, _, None) => diff.unchanged += 1,
        }
    }
    diff
}

/// A service with its bundle.
struct Side<'a>(Compare<'a>, &'a BundleService);

impl<'a> Side<'a> {
    fn closure(&self) -> &'a Closure {
        &self.0.bundle.closures[&self.1.closure]
    }

    fn size(&self, path: &StorePath) -> u64 {
        self.0.bundle.paths[path].nar_size
    }
}

/// Returns the paths of one closure that another lacks. Both are sorted.
fn beyond<'a>(paths: &'a [StorePath], known: &[StorePath]) -> Vec<&'a StorePath> {
    let mut known = known.iter().peekable();
    paths
        .iter()
        .filter(|path| {
            while known.next_if(|known| known < path).is_some() {}
            known.next_if(|known| known == path).is_none()
        })
        .collect()
}

fn extent(of: Compare, service: &BundleService) -> Extent {
    let Compare { bundle, surfaces } = of;
    let closure = &bundle.closures[&service.closure];
    Extent {
        paths: closure.paths.len(),
        size: closure.nar_size,
        mounts: service.mounts,
        surface: surfaces.map(|surfaces| Counted(surfaces.of(bundle, service))),
    }
}

fn service_diff(name: HostService, old: &Side, new: &Side) -> Option<ServiceDiff> {
    let packages = packages::changes(old, new);
    let settings = settings::changes(old, new);
    let restarts = old.1.drop_in != new.1.drop_in
        || old.1.exec != new.1.exec
        || old.1.settings != new.1.settings;
    if packages.is_empty() && settings.is_empty() && !restarts {
        return None;
    }
    Some(ServiceDiff {
        name,
        before: extent(old.0, old.1),
        after: extent(new.0, new.1),
        restart: restarts.then(|| Restart {
            starts: restart::starts(old, new, &packages),
        }),
        packages,
        settings,
    })
}
