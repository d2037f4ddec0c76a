//! The bill of materials of hosts: what their services see, and which of them advisories are about.

mod components;
mod created;
mod host;
mod index;
mod purl;
mod status;
mod vex;

use std::collections::BTreeSet;

use crate::bundle::BundleService;
use crate::nix::{About, Abouts};
use crate::service::HostService;
use crate::source::FailedHost;
use crate::store::StorePath;

pub use self::components::Components;
pub use self::created::Created;
pub use self::host::Host;
pub use self::purl::purl;
pub use self::status::Status;
pub use self::vex::{Answer, Seen, Vex};

/// A bill of materials. Every store path is a component.
pub struct Bill<'a> {
    /// The hosts, by name; the only one has no name if the target is no fleet.
    pub hosts: &'a [Host<'a>],
    /// The hosts that failed, and are missing.
    pub failed: &'a [FailedHost],
    /// The store paths of all hosts.
    pub components: &'a Components<'a>,
    /// What packages say about themselves.
    pub about: &'a Abouts,
    /// The time that is recorded.
    pub created: Option<Created>,
    /// What advisories say about the services, if there are any.
    pub vex: Option<Vex<'a>>,
    /// Whether every service of every host is named where advisories say the same of several.
    pub is_unfolded: bool,
}

impl<'a> Bill<'a> {
    /// The only host, if the target is no fleet.
    pub fn only(&self) -> Option<&'a Host<'a>> {
        self.hosts.iter().find(|host| host.name.is_none())
    }

    /// The hosts of a fleet, with their names.
    pub fn named(&self) -> impl Iterator<Item = (&'a str, &'a Host<'a>)> {
        let named = |host: &'a Host<'a>| Some((host.name?.as_str(), host));
        self.hosts.iter().filter_map(named)
    }

    /// Every service of every host.
    pub fn services(&self) -> impl Iterator<Item = (HostService, &'a BundleService)> {
        self.hosts.iter().flat_map(Host::services)
    }

    /// The store paths that each service depends on: its closure roots.
    pub fn of_services(&self) -> impl Iterator<Item = (HostService, BTreeSet<&'a StorePath>)> {
        self.services()
            .map(|(name, service)| (name, service.roots.iter().map(|root| &root.path).collect()))
    }

    /// The store paths that each store path depends on: its references, besides itself.
    pub fn of_paths(
        &self,
    ) -> impl Iterator<Item = (&'a StorePath, impl Iterator<Item = &'a StorePath>)> {
        self.components.iter().map(|(path, info)| {
            let others = info.references.iter();
            (path, others.filter(move |other| *other != path))
        })
    }

    /// The number of components whose licence is known.
    pub fn with_license(&self) -> usize {
        self.with(|about| {
            about
                .licenses
                .iter()
                .any(|license| license.known_as().is_some())
        })
    }

    /// The number of components whose source is known.
    pub fn with_source(&self) -> usize {
        self.with(|about| about.sources().next().is_some())
    }

    fn with(&self, is_known: impl Fn(&About) -> bool) -> usize {
        let paths = self.components.iter().map(|(path, _)| path);
        let about = paths.filter_map(|path| self.about.get(path));
        about.filter(|about| is_known(about)).count()
    }
}
