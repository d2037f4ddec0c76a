//! The store in the root of a process, against the closure of its service.

use std::collections::BTreeSet;
use std::path::Path;

use super::root::{real, writable};
use super::{Difference, Kind, deleted};
use crate::bundle::{Bundle, BundleService};
use crate::root::{KernelMount, MountTable};
use crate::store::{StorePath, below};

/// How many paths are named.
const NAMED: usize = 3;

/// The directory of an image that contains the views.
const VIEWS: &str = "/view";

/// The store of a service.
pub struct Store<'a> {
    /// The bundle.
    pub bundle: &'a Bundle,
    /// The service.
    pub planned: &'a BundleService,
    /// Where its root has other mounts.
    pub places: BTreeSet<&'a str>,
}

/// Whether a mount can be of a view, by its file system.
fn is_in_view(mount: &KernelMount) -> bool {
    mount.file_system == "overlay"
}

impl Store<'_> {
    /// Whether a mount at this place shows a part of the closure, or the view of it.
    pub fn is_own(&self, place: &str) -> bool {
        if self.places.contains(place) {
            return false;
        }
        if self.planned.strategy.is_view() {
            return place == self.bundle.store_dir.as_str();
        }
        self.path(place).is_some()
    }

    /// Whether a mount shows this file of the store as the view of the service has it.
    pub fn is_of_view(&self, mount: &KernelMount, file: &str) -> bool {
        let rest = below(file, self.bundle.store_dir.as_str());
        let planned = rest.map(|rest| format!("{VIEWS}/{}{rest}", self.planned.view_id()));
        is_in_view(mount) && planned.is_some_and(|planned| mount.root == Path::new(&planned))
    }

    fn path(&self, place: &str) -> Option<StorePath> {
        let path = self.bundle.store_dir.owner(place)?;
        (path.as_str() == place).then_some(path)
    }

    /// What differs. `mounts` are the visible ones of the process.
    pub fn compare(&self, mounts: &[&KernelMount], host: &MountTable) -> Vec<Difference> {
        // A bind of the whole store shows it, whatever confinement mounts.
        let dir = Path::new(self.bundle.store_dir.as_str());
        let is_bound = |place: &Path| place.to_str().is_some_and(|it| self.places.contains(it));
        if self.planned.strategy.is_view() {
            self.view(mounts)
        } else if self.planned.strategy.has_store_directory() || !dir.ancestors().any(is_bound) {
            self.paths(mounts, host)
        } else {
            Vec::new()
        }
    }

    fn view(&self, mounts: &[&KernelMount]) -> Vec<Difference> {
        let dir = self.bundle.store_dir.as_str();
        if self.places.contains(dir) {
            return Vec::new();
        }
        let Some(mount) = mounts.iter().find(|mount| mount.place == Path::new(dir)) else {
            let detail =
                format!("nothing is mounted at {dir}, where the view of its closure should be");
            return vec![Difference::new(Kind::ClosureChanged, detail)];
        };
        let mut differences = Vec::new();
        let closure = mount.root.strip_prefix(VIEWS).ok();
        let closure = closure.filter(|_| is_in_view(mount));
        let planned = self.planned.view_id();
        if closure != Some(Path::new(&planned)) {
            let detail = match closure {
                Some(closure) => format!(
                    "a process sees the closure {}, not {planned}: restart it",
                    closure.display()
                ),
                None => format!("{dir} is no view of a closure"),
            };
            differences.push(Difference::new(Kind::ClosureChanged, detail));
        }
        if !mount.read_only {
            differences.push(writable(dir));
        }
        differences
    }

    fn paths(&self, mounts: &[&KernelMount], host: &MountTable) -> Vec<Difference> {
        let closure = &self.bundle.closures[&self.planned.closure].paths;
        let mut lacking: BTreeSet<&StorePath> = closure.iter().collect();
        lacking.retain(|path| !self.places.contains(path.as_str()));
        let mut more = Vec::new();
        let mut differences = Vec::new();
        let own = mounts.iter().filter_map(|mount| {
            let place = mount.place.to_str()?;
            let path = self.path(place).filter(|_| self.is_own(place))?;
            Some((mount, path))
        });
        for (mount, path) in own {
            if !lacking.remove(&path) {
                more.push(path);
                continue;
            }
            if !mount.read_only {
                differences.push(writable(path.as_str()));
            }
            differences.extend(self.shown(mount, &path, host));
        }
        let names = |paths: &mut dyn ExactSizeIterator<Item = &StorePath>| {
            let count = paths.len();
            let named: Vec<_> = paths.take(NAMED).map(StorePath::base).collect();
            let rest = count - named.len();
            let rest = if rest > 0 {
                format!(" and {rest} more")
            } else {
                String::new()
            };
            format!("{}{rest}", named.join(", "))
        };
        let detail = match (lacking.is_empty(), more.is_empty()) {
            (true, true) => return differences,
            (false, true) => format!("lacks {}", names(&mut lacking.iter().copied())),
            (true, false) => format!("also shows {}", names(&mut more.iter())),
            (false, false) => format!(
                "lacks {}; also shows {}",
                names(&mut lacking.iter().copied()),
                names(&mut more.iter())
            ),
        };
        let detail = format!("the store of a process {detail}: restart it");
        differences.push(Difference::new(Kind::ClosureChanged, detail));
        differences
    }

    /// What a mount of the closure shows instead of its path.
    fn shown(
        &self,
        mount: &KernelMount,
        path: &StorePath,
        host: &MountTable,
    ) -> Option<Difference> {
        if mount.is_deleted() {
            return Some(deleted(path));
        }
        let of_host = host.covering(Path::new(path.as_str()));
        let is_itself = of_host.is_some_and(|(_, store)| {
            let rest = Path::new(path.as_str()).strip_prefix(&store.place);
            mount.device == store.device
                && rest.is_ok_and(|rest| mount.root == store.root.join(rest))
        });
        if is_itself {
            return None;
        }
        // A symlink is shown as its target.
        let found = host
            .place_of(mount)
            .filter(|found| *found != real(path.as_str()))?;
        let detail = format!("{path} shows {} to a process", found.display());
        Some(Difference::new(Kind::MountChanged, detail))
    }
}
