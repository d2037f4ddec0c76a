//! The result of `confinix why`.

use crate::bundle::Chain;
use crate::service::UnitName;
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
