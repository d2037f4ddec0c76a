//! Files that tell nothing about calls: documentation mentions programs, and a header names functions.

use anyhow::{Context, Result};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::service::HideClass;

/// Files that name programs for people to call, or for desktops; and data of the C library.
const FOR_OTHERS: [&str; 17] = [
    "**/*.pod",
    "etc/bash.bashrc",
    "etc/bash_completion.d/**",
    "etc/skel/**",
    "lib/gconv/gconv-modules*",
    "lib/gconv/gconv-modules.d/**",
    "lib/locale/**",
    "share/applications/**",
    "share/bash-completion/**",
    "share/debianutils/**",
    "share/doc-base/**",
    "share/fish/vendor_completions.d/**",
    "share/lintian/**",
    "share/menu/**",
    "share/metainfo/**",
    "share/zsh/site-functions/**",
    "share/zsh/vendor-completions/**",
];

/// A matcher of the files of these classes, below a store path.
pub fn matcher(classes: impl IntoIterator<Item = HideClass>) -> Result<GlobSet> {
    let patterns = classes.into_iter().flat_map(HideClass::patterns);
    matcher_of(patterns.copied())
}

fn matcher_of(patterns: impl IntoIterator<Item = &'static str>) -> Result<GlobSet> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        // A symlink in place of a directory belongs to it.
        for pattern in [Some(pattern), pattern.strip_suffix("/**")] {
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
    let of_classes = HideClass::ALL.into_iter().flat_map(HideClass::patterns);
    matcher_of(of_classes.copied().chain(FOR_OTHERS))
}
