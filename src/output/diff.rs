//! What `confinix diff` shows.

use super::folded::{folded, label};
use crate::diff::{Diff, Extent, ServiceDiff};
use crate::service::HostService;
use crate::source::FailedHost;

/// The difference between two bundles.
pub struct Compared<'a> {
    /// The difference.
    pub diff: &'a Diff,
    /// Whether to list packages that were only rebuilt, instead of counting them.
    pub rebuilds: bool,
    /// The hosts that failed, which were not compared.
    pub failed: &'a [FailedHost],
    /// Whether every service of every host is named where changes are the same.
    pub is_unfolded: bool,
}

/// What changes alike in services of several hosts.
pub struct Alike<'a, T> {
    /// The change.
    pub of: &'a T,
    /// The services.
    pub label: String,
}

/// What becomes of a whole service.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Only the new bundle has it.
    Added,
    /// Only the old bundle has it.
    Removed,
}

impl Fate {
    /// In a word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
        }
    }
}

impl<'a> Compared<'a> {
    /// The services that differ.
    pub fn changed(&self) -> Vec<Alike<'a, ServiceDiff>> {
        let key = |change: &&ServiceDiff| {
            let of = (&change.before, &change.after, &change.restart);
            let of = (&change.name.unit, of, &change.packages, &change.settings);
            serde_json::to_string(&of).unwrap_or_else(|_| change.name.to_string())
        };
        let alike = folded(&self.diff.changed, key).into_iter();
        let alike = alike.map(|changes| Alike {
            of: changes[0],
            label: self.label(changes.iter().map(|change| &change.name)),
        });
        alike.collect()
    }

    /// Services that come or go.
    pub fn whole(&self, services: &'a [(HostService, Extent)]) -> Vec<Alike<'a, Extent>> {
        let key = |(name, extent): &&(HostService, Extent)| {
            serde_json::to_string(&(&name.unit, extent)).unwrap_or_else(|_| name.to_string())
        };
        let alike = folded(services, key).into_iter();
        let alike = alike.map(|services| Alike {
            of: &services[0].1,
            label: self.label(services.iter().map(|(name, _)| name)),
        });
        alike.collect()
    }

    fn label<'s>(&self, services: impl IntoIterator<Item = &'s HostService>) -> String {
        label(services, self.is_unfolded)
    }
}
