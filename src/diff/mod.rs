//! Compares two bundles, service by service.

mod model;
mod packages;
mod restart;
mod settings;

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::bundle::{Bundle, BundleService, Closure};
use crate::service::UnitName;
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

/// Returns the changes from `before` to `after`.
pub fn diff(before: Compare, after: Compare) -> Diff {
    let (old, new) = (before.bundle, after.bundle);
    let names: BTreeSet<_> = old.services.keys().chain(new.services.keys()).collect();
    let names: Vec<_> = names.into_iter().collect();
    let changes: Vec<_> = names
        .par_iter()
        .map(|name| {
            let (left, right) = (old.services.get(*name)?, new.services.get(*name)?);
            service_diff(name, &Side(before, left), &Side(after, right))
        })
        .collect();
    let mut diff = Diff::default();
    for (name, change) in names.into_iter().zip(changes) {
        match (old.services.get(name), new.services.get(name), change) {
            (None, Some(service), _) => diff.added.push((name.clone(), extent(after, service))),
            (Some(service), None, _) => diff.removed.push((name.clone(), extent(before, service))),
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

fn service_diff(name: &UnitName, old: &Side, new: &Side) -> Option<ServiceDiff> {
    let packages = packages::changes(old, new);
    let settings = settings::changes(old, new);
    let restarts = old.1.drop_in != new.1.drop_in
        || old.1.exec != new.1.exec
        || old.1.settings != new.1.settings;
    if packages.is_empty() && settings.is_empty() && !restarts {
        return None;
    }
    Some(ServiceDiff {
        name: name.clone(),
        before: extent(old.0, old.1),
        after: extent(new.0, new.1),
        restart: restarts.then(|| Restart {
            starts: restart::starts(old, new, &packages),
        }),
        packages,
        settings,
    })
}
