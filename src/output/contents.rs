//! What `confinix show` shows.

use crate::bundle::Bundle;
use crate::rehearse::Records;
use crate::service::UnitName;
use crate::source::{FailedHost, Loaded};
use crate::surface::Surfaces;

/// A bundle, or one of its services.
pub struct Contents<'a> {
    /// The bundle.
    pub bundle: &'a Bundle,
    /// What was found out about its services.
    pub records: &'a Records,
    /// The files of its store paths, if they are shown.
    pub surfaces: Option<&'a Surfaces<'a>>,
    /// The service; `None` for all of them.
    pub service: Option<&'a UnitName>,
}

/// The services of several hosts.
pub struct FleetContents<'a> {
    /// The hosts.
    pub hosts: &'a [Loaded],
    /// Those that failed.
    pub failed: &'a [FailedHost],
}
