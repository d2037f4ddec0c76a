//! The part of a service's closure that no other service sees.

use std::collections::HashMap;

use crate::bundle::{Bundle, BundleService};
use crate::store::StorePath;

/// How the services of a bundle share a path.
#[derive(Clone, Copy, Default)]
pub struct Seen {
    /// Its NAR size, in bytes.
    pub size: u64,
    /// How many services see it.
    viewers: usize,
}

impl Seen {
    /// How many services see it.
    pub fn viewers(self) -> usize {
        self.viewers
    }

    /// Whether more than one service sees it.
    pub fn is_shared(self) -> bool {
        self.viewers > 1
    }
}

/// How many services see each path of a bundle.
pub struct Shares<'a> {
    bundle: &'a Bundle,
    // The order of the map is never visible.
    seen: HashMap<&'a StorePath, Seen>,
}

impl<'a> Shares<'a> {
    pub fn of(bundle: &'a Bundle) -> Self {
        let mut seen: HashMap<_, _> = bundle
            .paths
            .iter()
            .map(|(path, info)| {
                let size = info.nar_size;
                (path, Seen { size, viewers: 0 })
            })
            .collect();
        for service in bundle.services.values() {
            for path in &bundle.closures[&service.closure].paths {
                if let Some(seen) = seen.get_mut(path) {
                    seen.viewers += 1;
                }
            }
        }
        Self { bundle, seen }
    }

    /// How the services of the bundle share this path.
    pub fn path(&self, path: &StorePath) -> Seen {
        self.seen.get(path).copied().unwrap_or_default()
    }

    /// The size of the paths that no other service of the bundle sees, in bytes.
    pub fn own_size(&self, service: &BundleService) -> u64 {
        self.bundle.closures[&service.closure]
            .paths
            .iter()
            .map(|path| self.path(path))
            .filter(|seen| !seen.is_shared())
            .map(|seen| seen.size)
            .sum()
    }

    /// Whether another service of the bundle sees the path too.
    pub fn is_shared(&self, path: &StorePath) -> bool {
        self.path(path).is_shared()
    }
}
