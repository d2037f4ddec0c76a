//! What `confinix verify` finds.

use anyhow::Result;
use serde::Serialize;

use super::versioned;
use crate::output::Verified;
use crate::text::Document;

/// The differences, and what was compared.
pub fn verified(verified: &Verified) -> Result<Document> {
    let Verified {
        bundle,
        files,
        paths,
        differences,
    } = verified;
    versioned(&Compared {
        bundle,
        files: *files,
        paths: *paths,
        differences,
    })
}

#[derive(Serialize)]
struct Compared<'a> {
    bundle: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paths: Option<usize>,
    differences: &'a [String],
}
