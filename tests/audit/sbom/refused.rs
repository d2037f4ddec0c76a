//! Files that are no advisories.

use anyhow::{Result, ensure};
use insta::assert_snapshot;

use crate::support::Place;

/// The error for a file with this text.
fn told(place: &Place, text: &str) -> Result<String> {
    place.write("x.json", text)?;
    place.stderr(3, &["sbom", "bundle", "--vex", "x.json"])
}

#[test]
fn another_file_is_refused_with_the_kinds_that_are_read() -> Result<()> {
    let place = Place::with_bundle()?;
    assert_snapshot!(told(&place, r#"{ "bomFormat": "CycloneDX" }"#)?);
    for text in [
        "{}",
        "3",
        "[{}]",
        r#"{ "id": 3 }"#,
        "[[]]",
        r#"[{ "document": {} }]"#,
    ] {
        let told = told(&place, text)?;
        ensure!(told.contains("x.json"), "{text}: {told}");
    }
    Ok(())
}

#[test]
fn a_mistake_has_a_place() -> Result<()> {
    let place = Place::with_bundle()?;
    assert_snapshot!(told(
        &place,
        "{\n  \"id\": \"X\",\n  \"affected\": [{ \"versions\": [3] }]\n}"
    )?);
    assert_snapshot!(told(&place, r#"{ "document": { "tracking": {} } }"#)?);
    assert_snapshot!(told(
        &place,
        r#"{ "matches": [{ "vulnerability": { "id": "X" } }] }"#
    )?);
    assert_snapshot!(told(
        &place,
        r#"[{ "derivation": "x", "affected_by": "X" }]"#
    )?);
    assert_snapshot!(told(&place, "{ \"id\": ")?);
    assert_snapshot!(told(&place, "")?);
    Ok(())
}

#[test]
fn deep_and_large_files_are_refused() -> Result<()> {
    let place = Place::with_bundle()?;
    let branches = r#"{ "category": "vendor", "name": "x", "branches": ["#;
    let deep = format!(
        r#"{{ "document": {{ "tracking": {{ "id": "X" }} }}, "product_tree": {{ "branches": [{}{}] }} }}"#,
        branches.repeat(100_000),
        "]}".repeat(100_000)
    );
    let error = told(&place, &deep)?;
    ensure!(
        error.contains("recursion limit exceeded at line 1"),
        "{error}"
    );
    let lists = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    told(&place, &lists)?;
    let file = std::fs::File::create(place.path("x.json"))?;
    file.set_len(65 << 20)?;
    assert_snapshot!(place.stderr(3, &["sbom", "bundle", "--vex", "x.json"])?);
    Ok(())
}

#[test]
fn a_missing_file_is_named() -> Result<()> {
    let place = Place::with_bundle()?;
    assert_snapshot!(place.stderr(3, &["sbom", "bundle", "--vex", "none.json"])?);
    Ok(())
}
