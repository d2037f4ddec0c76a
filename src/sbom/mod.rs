//! The bill of materials of a bundle: what its services see, and which of them advisories are about.

mod created;
mod index;
mod purl;
mod status;
mod vex;

use std::collections::BTreeSet;

use crate::bundle::{Bundle, Digest};
use crate::nix::{About, Abouts};
use crate::service::UnitName;
use crate::store::StorePath;

pub use self::created::Created;
pub use self::purl::purl;
pub use self::status::Status;
pub use self::vex::{Answer, Seen, Vex};

/// A bill of materials. Every store path is a component.
pub struct Bill<'a> {
    /// The services and their closures.
    pub bundle: &'a Bundle,
    /// The seal of a bundle with these services.
    pub seal: Digest,
    /// What packages say about themselves.
    pub about: &'a Abouts,
    /// The time that is recorded.
    pub created: Option<Created>,
    /// What advisories say about the services, if there are any.
    pub vex: Option<Vex<'a>>,
}

impl<'a> Bill<'a> {
    /// The store paths that each service depends on: its closure roots.
    pub fn of_services(&self) -> impl Iterator<Item = (&'a UnitName, BTreeSet<&'a StorePath>)> {
        let services = self.bundle.services.iter();
        services
            .map(|(name, service)| (name, service.roots.iter().map(|root| &root.path).collect()))
    }

    /// The store paths that each store path depends on: its references, besides itself.
    pub fn of_paths(
        &self,
    ) -> impl Iterator<Item = (&'a StorePath, impl Iterator<Item = &'a StorePath>)> {
        self.bundle.paths.iter().map(|(path, info)| {
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
        let paths = self.bundle.paths.keys();
        let about = paths.filter_map(|path| self.about.get(path));
        about.filter(|about| is_known(about)).count()
    }
}
