//! What a difference is.

use serde::Serialize;

use crate::service::UnitName;
use crate::store::StorePath;

/// What changes between two bundles.
#[derive(Debug, Default, Serialize)]
pub struct Diff {
    /// Services that only the new one has.
    pub added: Vec<(UnitName, Extent)>,
    /// Services that only the old one has.
    pub removed: Vec<(UnitName, Extent)>,
    /// Services that are not the same in both.
    pub changed: Vec<ServiceDiff>,
    /// How many services are the same.
    pub unchanged: usize,
}

impl Diff {
    /// Whether the bundles say the same of every service.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

/// How much a service sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Extent {
    /// Store paths.
    pub paths: usize,
    /// Sum of their NAR sizes, in bytes.
    pub size: u64,
    /// Mounts that bring them in.
    pub mounts: usize,
}

/// What changes for a service.
#[derive(Debug, Serialize)]
pub struct ServiceDiff {
    /// Which.
    pub name: UnitName,
    /// What it saw.
    pub before: Extent,
    /// What it sees.
    pub after: Extent,
    /// Whether its unit changes, so that a deployment restarts it.
    pub restart: Option<Restart>,
    /// The packages of its closure that are not the same, by name.
    pub packages: Vec<PackageChange>,
    /// Its settings and commands that are not the same.
    pub settings: Vec<SettingChange>,
}

/// A restart, and what it is owed to.
#[derive(Debug, Serialize)]
pub struct Restart {
    /// The new store paths that refer to no other new one: where the change began. New versions come first. None where the
    /// change is in the settings alone.
    pub starts: Vec<Start>,
}

/// Where a change of a closure began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Start {
    /// The new path.
    pub path: StorePath,
    /// What became of its package.
    pub change: PackageChange,
}

/// What became of a package of a closure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PackageChange {
    /// The package's name.
    pub name: String,
    /// How it changed.
    #[serde(flatten)]
    pub step: Step,
    /// By how much the closure grows with it, in bytes.
    pub growth: i64,
}

/// How a package changed. Versions are sorted; an empty one is that of a package without version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Step {
    /// It is new.
    Added {
        /// In these versions.
        to: Vec<String>,
    },
    /// It is gone.
    Removed {
        /// From these versions.
        from: Vec<String>,
    },
    /// It has other versions, or other outputs of the same.
    Changed {
        /// Before.
        from: Vec<String>,
        /// After.
        to: Vec<String>,
    },
    /// It has the same version and another store path: something it was built from changed.
    Rebuilt {
        /// In these versions.
        to: Vec<String>,
    },
}

impl PackageChange {
    /// Whether it has the same version and was only built again.
    pub fn is_rebuilt(&self) -> bool {
        matches!(self.step, Step::Rebuilt { .. })
    }
}

/// A setting that is not the same. Store paths in it stand as `<package>`.
#[derive(Debug, Serialize)]
pub struct SettingChange {
    /// Its name.
    pub name: String,
    /// Its assignments before.
    pub from: Vec<String>,
    /// Its assignments after.
    pub to: Vec<String>,
}
