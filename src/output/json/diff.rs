//! What changes between two bundles.

use anyhow::Result;
use serde::Serialize;

use super::versioned;
use crate::diff::{Extent, ServiceDiff};
use crate::output::Compared;
use crate::service::UnitName;
use crate::text::Document;

/// The whole difference, including rebuilt packages.
pub fn diff(Compared { diff, .. }: &Compared) -> Result<Document> {
    let whole = |(name, extent): &'_ (UnitName, Extent)| Whole {
        name: name.clone(),
        extent: *extent,
    };
    versioned(&Changes {
        added: diff.added.iter().map(whole).collect(),
        removed: diff.removed.iter().map(whole).collect(),
        changed: &diff.changed,
        unchanged: diff.unchanged,
    })
}

#[derive(Serialize)]
struct Changes<'a> {
    added: Vec<Whole>,
    removed: Vec<Whole>,
    changed: &'a [ServiceDiff],
    unchanged: usize,
}

#[derive(Serialize)]
struct Whole {
    name: UnitName,
    #[serde(flatten)]
    extent: Extent,
}
