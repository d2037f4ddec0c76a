//! Classes of files to hide, in Rust, in Nix, in the schema and in the docs.

use anyhow::Result;
use confinix::service::HideClass;
use serde_json::json;

use super::{in_nix, in_schema};
use crate::support::fixture;

#[test]
fn classes_of_files_to_hide() -> Result<()> {
    let names = HideClass::ALL.map(HideClass::name);
    assert_eq!(in_nix("choices.nix", ".hideClasses")?, json!(names));
    assert_eq!(in_schema("hideClass")?, json!(names));
    let docs = std::fs::read_to_string(fixture("docs/hide.md"))?;
    for class in HideClass::ALL {
        let patterns: Vec<_> = class.patterns().iter().map(|p| format!("`{p}`")).collect();
        let files = if class.is_by_calls() {
            "see [below](#what-nothing-calls)".to_owned()
        } else {
            patterns.join(", ")
        };
        let row = format!("| `{}` | {} | {} |\n", class.name(), class.what(), files);
        assert!(docs.contains(&row), "docs/hide.md lacks {row}");
    }
    Ok(())
}
