//! The result of `confinix why`.

use crate::bundle::Chain;
use crate::service::{HostName, UnitName};
use crate::source::FailedHost;
use crate::store::StorePath;

/// The paths of a service's closure that match a pattern.
pub struct Matches<'a> {
    /// The service.
    pub service: &'a UnitName,
    /// The pattern, as it was written.
    pub pattern: &'a str,
    /// The matching paths, sorted by name.
    pub matches: Vec<Match<'a>>,
    /// The most similar package names.
    pub proposals: Vec<&'a str>,
}

/// A path with the reasons why the service sees it.
pub struct Match<'a> {
    /// The path.
    pub path: &'a StorePath,
    /// The size of its NAR serialisation, in bytes.
    pub nar_size: u64,
    /// The chains to it, the shortest first.
    pub chains: Vec<Chain>,
}

/// The paths that match, of services of several hosts.
pub struct FleetMatches<'a> {
    /// The pattern, as it was written.
    pub pattern: &'a str,
    /// The services, each with its host.
    pub services: Vec<(Option<&'a HostName>, Matches<'a>)>,
    /// The hosts that failed.
    pub failed: &'a [FailedHost],
    /// Whether every service of every host is named where the reasons are the same.
    pub is_unfolded: bool,
}

impl<'a> FleetMatches<'a> {
    /// The services that see a path that matches.
    pub fn matching(&self) -> impl Iterator<Item = &(Option<&'a HostName>, Matches<'a>)> {
        let services = self.services.iter();
        services.filter(|(_, found)| !found.matches.is_empty())
    }
}
