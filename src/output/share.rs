//! Which part of a service's closure is its own.

use std::collections::BTreeMap;

use crate::bundle::{Bundle, BundleService};
use crate::store::StorePath;

/// How many services see each path of a bundle.
pub struct Shares<'a> {
    bundle: &'a Bundle,
    viewers: BTreeMap<&'a StorePath, usize>,
}

impl<'a> Shares<'a> {
    pub fn of(bundle: &'a Bundle) -> Self {
        let mut viewers = BTreeMap::new();
        for service in bundle.services.values() {
            for path in &bundle.closures[&service.closure].paths {
                *viewers.entry(path).or_default() += 1;
            }
        }
        Self { bundle, viewers }
    }

    /// Size of what no other service of the bundle sees, in bytes.
    pub fn own_size(&self, service: &BundleService) -> u64 {
        self.bundle.closures[&service.closure]
            .paths
            .iter()
            .filter(|path| !self.is_shared(path))
            .map(|path| self.bundle.paths[path].nar_size)
            .sum()
    }

    /// Whether another service of the bundle sees the path too.
    pub fn is_shared(&self, path: &StorePath) -> bool {
        self.viewers.get(path).is_some_and(|count| *count > 1)
    }
}
