//! The root of a service: what systemd mounts and makes in it (systemd.exec(5), `setup_namespace` in systemd).
//!
//! A [`Root`] is read from what the unit and its drop-in set, settles what these imply, and is asked ([`Inside`]), shown by
//! `confinix enter`, and compared with what the kernel has ([`MountTable`]).

mod found;
mod inside;
mod kernel;
mod mount;
mod mountinfo;
mod of_settings;
mod settled;
#[cfg(test)]
mod tests;
mod writable;

use crate::service::Strategy;
use crate::store::{StoreDir, StorePath, below};

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
    /// How they get into it.
    pub strategy: Strategy,
    /// Whether it is a directory of the host's that the unit names, in which anything may be beside the store.
    pub is_adopted: bool,
    /// What is mounted and made in it besides the closure, in the order of the settings; [`Root::settled`] tells what is seen of it.
    pub mounts: Vec<Mount<'a>>,
    /// The paths in it that are read-only with everything below them that is no mount of its own (`ReadOnlyPaths=+…`).
    pub read_only: Vec<String>,
    /// Those that are not all the same (`ReadWritePaths=+…`).
    pub read_write: Vec<String>,
}

impl Root<'_> {
    /// Whether /proc, /sys and /dev are mounted in it.
    pub fn has_api_file_systems(&self) -> bool {
        let mut mounts = self.mounts.iter();
        mounts.any(|mount| mount.kind == MountKind::Processes)
    }

    /// Whether nothing that is mounted at a path is seen, as it is at or below one that is inaccessible.
    pub fn hides(&self, path: &str) -> bool {
        self.mounts.iter().any(|mount| {
            mount.kind == MountKind::Inaccessible && below(path, &mount.target).is_some()
        })
    }

    /// The mounts that show its closure. `leads_to`: where a store path leads in the store, if it is a symlink. Without a view, systemd
    /// follows symlinks on the host when the service starts.
    pub fn closure_mounts<'m>(
        &'m self,
        leads_to: impl Fn(&StorePath) -> Option<&'m str>,
        view: Option<&'m str>,
    ) -> Vec<Mount<'m>> {
        if let (Strategy::Image, Some(view)) = (self.strategy, view) {
            let source = format!("{view}/{}", crate::view::DIRECTORY).into();
            let kind = MountKind::View { source };
            return vec![Mount::new(self.store_dir.as_str(), kind)];
        }
        let paths = self.closure.iter();
        paths
            .map(|path| {
                let source = leads_to(path).unwrap_or(path.as_str()).into();
                Mount {
                    read_only: self.strategy != Strategy::Inherit,
                    ..Mount::new(path.as_str(), MountKind::StorePath { source })
                }
            })
            .collect()
    }
}
