//! The bill of materials of a bundle: what its services see, and which of them advisories are about.

mod created;
mod index;
mod purl;
mod status;
mod vex;

use crate::bundle::{Bundle, Digest};
use crate::nix::{About, Abouts};

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

impl Bill<'_> {
    /// The number of components whose licence is known.
    pub fn with_license(&self) -> usize {
        self.with(|about| !about.licenses.is_empty())
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
