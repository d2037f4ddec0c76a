//! The data of a comparison.

use serde::Serialize;

use crate::service::HostService;
use crate::store::StorePath;
use crate::surface::Counted;

/// The changes between two bundles.
#[derive(Debug, Default, Serialize)]
pub struct Diff {
    /// Services that only the new bundle has.
    pub added: Vec<(HostService, Extent)>,
    /// Services that only the old bundle has.
    pub removed: Vec<(HostService, Extent)>,
    /// Services that differ.
    pub changed: Vec<ServiceDiff>,
    /// The number of services that are the same.
    pub unchanged: usize,
}

impl Diff {
    /// Adds the changes of another host.
    pub(super) fn extend(&mut self, other: Self) {
        self.added.extend(other.added);
        self.removed.extend(other.removed);
        self.changed.extend(other.changed);
        self.unchanged += other.unchanged;
    }

    /// Returns whether every service is the same in both bundles.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

/// How much a service sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Extent {
    /// The number of store paths.
    pub paths: usize,
    /// The sum of their NAR sizes, in bytes.
    pub size: u64,
    /// The number of mounts that show them.
    pub mounts: usize,
    /// What is in them, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub surface: Option<Counted>,
}

/// The changes of one service.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct ServiceDiff {
    /// The service.
    #[serde(flatten)]
    pub name: HostService,
    /// What it sees in the old bundle.
    pub before: Extent,
    /// What it sees in the new bundle.
    pub after: Extent,
    /// The restart that a deployment causes; `None` if its unit does not change.
    pub restart: Option<Restart>,
    /// The packages of its closure that differ, by name.
    pub packages: Vec<PackageChange>,
    /// Its settings and commands that differ.
    pub settings: Vec<SettingChange>,
}

/// A restart and its causes.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Restart {
    /// The new store paths that refer to no other new path: the change started with them. New versions come first. Empty if
    /// only settings changed.
    pub starts: Vec<Start>,
}

/// A store path with which the change of a closure started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Start {
    /// The new path.
    pub path: StorePath,
    /// The change of its package.
    pub change: PackageChange,
}

/// The change of a package in a closure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PackageChange {
    /// The package's name.
    pub name: String,
    /// The kind of change.
    #[serde(flatten)]
    pub step: Step,
    /// The growth of the closure through it, in bytes.
    pub growth: i64,
}

/// How a package changed. Versions are sorted; a package without a version has an empty one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Step {
    /// The package is new.
    Added {
        /// The versions.
        to: Vec<String>,
    },
    /// The package was removed.
    Removed {
        /// The removed versions.
        from: Vec<String>,
    },
    /// The package has other versions, or other outputs of the same version.
    Changed {
        /// The old versions.
        from: Vec<String>,
        /// The new versions.
        to: Vec<String>,
    },
    /// The package has the same version but another store path: one of its inputs changed.
    Rebuilt {
        /// The versions.
        to: Vec<String>,
    },
}

impl PackageChange {
    /// Returns whether the package has the same version and was only built again.
    pub fn is_rebuilt(&self) -> bool {
        matches!(self.step, Step::Rebuilt { .. })
    }
}

/// A setting that differs. `<package>` replaces store paths in it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct SettingChange {
    /// Its name.
    pub name: String,
    /// Its old assignments.
    pub from: Vec<String>,
    /// Its new assignments.
    pub to: Vec<String>,
}
