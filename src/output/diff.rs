//! What `confinix diff` shows.

use crate::diff::Diff;

/// The difference between two bundles.
pub struct Compared<'a> {
    /// The difference.
    pub diff: &'a Diff,
    /// Whether packages that were only rebuilt are named in texts, not only counted.
    pub rebuilds: bool,
}
