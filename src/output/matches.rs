//! What `confinix why` has found.

use crate::bundle::Chain;
use crate::service::UnitName;
use crate::store::StorePath;

/// The paths of a service's closure that match a pattern.
pub struct Matches<'a> {
    /// Whose closure.
    pub service: &'a UnitName,
    /// As it was written.
    pub pattern: &'a str,
    /// In the order of their names.
    pub matches: Vec<Match<'a>>,
    /// The names of packages that come closest.
    pub proposals: Vec<&'a str>,
}

/// A path with the reasons why it is seen.
pub struct Match<'a> {
    /// Which.
    pub path: &'a StorePath,
    /// Size of its NAR serialisation, in bytes.
    pub nar_size: u64,
    /// The ways to it, the shortest first.
    pub chains: Vec<Chain>,
}
