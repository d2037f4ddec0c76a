//! A rehearsal for scripts: its record.

use anyhow::Result;

use crate::rehearse::{Record, Rehearsal};
use crate::text::Document;

/// The record, which has a version of its own.
pub fn rehearsal(rehearsal: &Rehearsal) -> Result<Document> {
    Document::json(&Record::of(rehearsal))
}
