//! What changes between two bundles.

use anyhow::Result;
use serde::Serialize;

use super::audit::Failed;
use super::versioned;
use crate::diff::{Extent, ServiceDiff};
use crate::output::Compared;
use crate::service::HostService;
use crate::text::Document;

/// The whole difference, including rebuilt packages.
pub fn diff(Compared { diff, failed, .. }: &Compared) -> Result<Document> {
    let whole = |(name, extent): &'_ (HostService, Extent)| Whole {
        name: name.clone(),
        extent: *extent,
    };
    versioned(&Changes {
        added: diff.added.iter().map(whole).collect(),
        removed: diff.removed.iter().map(whole).collect(),
        changed: &diff.changed,
        unchanged: diff.unchanged,
        failed: failed.iter().map(Failed::from).collect(),
    })
}

#[derive(Serialize)]
struct Changes<'a> {
    added: Vec<Whole>,
    removed: Vec<Whole>,
    changed: &'a [ServiceDiff],
    unchanged: usize,
    failed: Vec<Failed<'a>>,
}

#[derive(Serialize)]
struct Whole {
    #[serde(flatten)]
    name: HostService,
    #[serde(flatten)]
    extent: Extent,
}
