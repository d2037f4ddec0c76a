//! What changes between two bundles.

use anyhow::Result;
use serde::Serialize;

use super::render;
use crate::diff::{Diff, Extent, ServiceDiff};
use crate::service::UnitName;

/// The whole difference, rebuilt packages included.
pub fn diff(diff: &Diff) -> Result<String> {
    let whole = |(name, extent): &'_ (UnitName, Extent)| Whole {
        name: name.clone(),
        extent: *extent,
    };
    render(&Document {
        added: diff.added.iter().map(whole).collect(),
        removed: diff.removed.iter().map(whole).collect(),
        changed: &diff.changed,
        unchanged: diff.unchanged,
    })
}

#[derive(Serialize)]
struct Document<'a> {
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
