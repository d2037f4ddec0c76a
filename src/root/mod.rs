//! The root of a service: what systemd mounts and makes in it (systemd.exec(5), `setup_namespace` in systemd).
//!
//! A [`Root`] is built from the settings of a unit and its drop-in, with everything that they imply. It can be queried
//! ([`Inside`]), mounted by `confinix enter`, and compared with the kernel's mounts ([`MountTable`]).

mod found;
mod inside;
mod kernel;
mod mount;
mod mountinfo;
mod names;
mod of_settings;
mod settled;
#[cfg(test)]
mod tests;
mod writable;

use crate::service::Strategy;
use crate::store::{StoreDir, StorePath, below};
use crate::systemd::{PathEntry, Setting};

pub use found::Found;
pub use inside::Inside;
pub use mount::{Devices, Mount, MountKind};
pub use mountinfo::{KernelMount, MountTable, Propagation};
pub(crate) use mountinfo::{covering, unescaped};
pub use of_settings::Parts;
pub use settled::Settled;

/// The directories that systemd makes in an empty root (`base_filesystem_create`).
pub(crate) const BASE: [&str; 9] = [
    "/", "/dev", "/etc", "/proc", "/root", "/run", "/sys", "/usr", "/var",
];

/// The root of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root<'a> {
    /// The directory of the store.
    pub store_dir: &'a StoreDir,
    /// The store paths that it shows, sorted.
    pub closure: &'a [StorePath],
    /// The strategy.
    pub strategy: Strategy,
    /// Whether it is a directory of the host that the unit names, which may contain anything besides the store.
    pub is_adopted: bool,
    /// The mounts besides the closure, in the order of the settings; [`Root::settled`] returns the visible ones.
    pub mounts: Vec<Mount<'a>>,
    /// Paths that are read-only, with everything below them except other mounts (`ReadOnlyPaths=+…`).
    pub read_only: Vec<PathEntry>,
    /// Paths that are exempt from that (`ReadWritePaths=+…`).
    pub read_write: Vec<PathEntry>,
}

impl Root<'_> {
    /// Whether /proc, /sys and /dev are mounted in it.
    pub fn has_api_file_systems(&self) -> bool {
        let mut mounts = self.mounts.iter();
        mounts.any(|mount| mount.kind == MountKind::Processes)
    }

    /// Whether it has a /proc with processes, its own or a bind.
    pub fn shows_processes(&self) -> bool {
        let mut settled = self.settled(false).into_iter();
        settled.any(|Settled { mount, .. }| {
            let kind = &mount.kind;
            mount.target == "/proc" && matches!(kind, MountKind::Processes | MountKind::Bind { .. })
        })
    }

    /// Whether a mount at a path is hidden, because the path is at or below an inaccessible one.
    pub fn hides(&self, path: &str) -> bool {
        self.mounts.iter().any(|mount| {
            mount.kind == MountKind::Inaccessible && below(path, &mount.target).is_some()
        })
    }

    /// The entry that makes the mount at a path read-only or inaccessible, with its setting.
    pub fn sealed_by(&self, path: &str) -> Option<(Setting, &str)> {
        let mounts = self.mounts.iter().filter(|mount| {
            mount.target == path && (mount.read_only || mount.kind == MountKind::Inaccessible)
        });
        let paths = self.read_only.iter().filter(|entry| entry.path == path);
        let paths = paths.map(|entry| (Setting::ReadOnlyPaths, entry.word.as_str()));
        mounts.filter_map(Mount::entry).chain(paths).next()
    }

    /// The entries with `+` and without `-` of settings that restrict access to a path of the root, which has to exist: setting,
    /// entry and path.
    pub fn restricted(&self) -> impl Iterator<Item = (Setting, &str, &str)> {
        let mounts = self.mounts.iter();
        let inaccessible = mounts
            .filter(|mount| mount.kind == MountKind::Inaccessible && !mount.optional)
            .filter_map(|mount| {
                let (setting, word) = mount.entry()?;
                Some((setting, word, &*mount.target))
            });
        let paths = [
            (Setting::ReadOnlyPaths, &self.read_only),
            (Setting::ReadWritePaths, &self.read_write),
        ];
        let paths = paths.into_iter().flat_map(|(setting, entries)| {
            let required = entries.iter().filter(|entry| !entry.is_optional);
            required.map(move |entry| (setting, &*entry.word, &*entry.path))
        });
        inaccessible.chain(paths)
    }
}
