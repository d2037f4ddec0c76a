//! Files that tell nothing about calls: documentation mentions programs, and a header names functions.

use anyhow::{Context, Result};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::service::HideClass;

/// A matcher of the files of these classes, below a store path.
pub fn matcher(classes: impl IntoIterator<Item = HideClass>) -> Result<GlobSet> {
    let mut set = GlobSetBuilder::new();
    for pattern in classes.into_iter().flat_map(HideClass::patterns) {
        // A symlink in place of a directory belongs to it.
        for pattern in [Some(*pattern), pattern.strip_suffix("/**")] {
            let Some(pattern) = pattern else { continue };
            set.add(
                GlobBuilder::new(pattern)
                    .literal_separator(true)
                    .build()
                    .with_context(|| format!("{pattern:?} is not a glob"))?,
            );
        }
    }
    set.build().context("cannot combine globs")
}

/// A matcher of all files that tell nothing about calls.
pub(super) fn inert() -> Result<GlobSet> {
    matcher(HideClass::ALL)
}
