//! What `confinix verify` finds.

use super::count;
use crate::output::Verified;
use crate::text::{Terminal, Text, text};

/// A line for each difference; without differences, what was compared.
pub fn verified(verified: &Verified) -> Text<Terminal> {
    let differences = verified.differences.iter();
    let lines: Text<Terminal> = differences
        .map(|difference| text!("{}\n", difference))
        .collect();
    if !verified.differences.is_empty() {
        return lines;
    }
    let of_store = match verified.paths {
        Some(paths) => format!(", {} valid in the store", count(paths, "path")),
        None => String::new(),
    };
    text!(
        "{}: {} unchanged{}\n",
        verified.bundle,
        count(verified.files.unwrap_or_default(), "file"),
        of_store
    )
}
