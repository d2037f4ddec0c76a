//! What `confinix diff` shows.

use crate::diff::Diff;

/// The difference between two bundles.
pub struct Compared<'a> {
    /// The difference.
    pub diff: &'a Diff,
    /// Whether to list packages that were only rebuilt, instead of counting them.
    pub rebuilds: bool,
}
