//! What a guest boots on: a distribution's tree, or a NixOS system.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};

use super::within;

/// Where systemd-nspawn looks for what it boots.
const INIT: [&str; 3] = [
    "usr/lib/systemd/systemd",
    "lib/systemd/systemd",
    "sbin/init",
];
/// Where a NixOS system has it.
pub(super) const SYSTEMD: &str = "systemd/lib/systemd/systemd";
/// Where a running NixOS has its system.
pub(super) const CURRENT_SYSTEM: &str = "/run/current-system";

/// What a guest boots on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tree {
    /// A tree in which systemd-nspawn finds systemd.
    Distribution,
    /// A NixOS system, which has systemd in the store.
    Nixos {
        /// The system's closure.
        system: PathBuf,
        /// Whether it is all there is: the tree is the system, not that of a machine that runs it.
        is_alone: bool,
    },
}

impl Tree {
    /// Looks at the tree at `root`. `store`: the directory of the store that the guest sees.
    pub(super) fn at(root: &Path, store: &Path) -> Result<Self> {
        let exists = |path: &&str| fs::symlink_metadata(root.join(path)).is_ok();
        if INIT.iter().any(exists) {
            return Ok(Self::Distribution);
        }
        let current = within(root, Path::new(CURRENT_SYSTEM));
        for (system, is_alone) in [(root, true), (&current, false)] {
            let Some(system) = nixos_at(system) else {
                continue;
            };
            ensure!(
                system.starts_with(store),
                "{} is not in the store {}, which is all that a guest sees of it",
                system.display(),
                store.display()
            );
            return Ok(Self::Nixos { system, is_alone });
        }
        bail!(
            "{} has no systemd where systemd-nspawn looks for it (/usr/lib/systemd, /sbin/init), and is no NixOS system with a systemd: name a tree that has one, with --root (debootstrap --include=systemd,dbus trixie DIR makes one)",
            root.display()
        )
    }
}

/// The NixOS system at a path, if there is one with a systemd.
pub fn nixos_at(path: &Path) -> Option<PathBuf> {
    let system = fs::canonicalize(path).ok()?;
    let is_system = system.join(SYSTEMD).is_file() && system.join("etc/systemd/system").is_dir();
    is_system.then_some(system)
}
