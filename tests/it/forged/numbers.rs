//! Closures whose numbers are not those of their paths.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::Forged;
use crate::support::{confinix, keys};

#[test]
fn a_closure_has_the_numbers_of_its_paths() -> Result<()> {
    let made = Forged::of("bind")?;
    let id = made.json["services"]["web.service"]["closure"].clone();
    let id = id.as_str().context("no id")?;
    let paths = made.json["closures"][id]["paths"].as_array();
    let paths = paths.context("no paths")?;
    let count = keys(&made.json["paths"])?.len();
    let with = |number: Value| Value::from([&[number], paths.as_slice()].concat());
    for (changed, word) in [
        (
            with(json!(count)),
            &*format!("no path with the number {count}"),
        ),
        (with(json!(u64::MAX)), "no path with the number 1844"),
        (with(json!(-1)), "invalid value"),
        (with(json!(0.5)), "invalid type"),
        (with(json!("0")), "invalid type"),
        (with(json!(made.json["paths"])), "invalid type"),
    ] {
        let mut forged = made.again()?;
        forged.json["closures"][id]["paths"] = changed.clone();
        let told = forged.told().with_context(|| changed.to_string())?;
        assert!(told.contains(word), "{changed}: {told}");
        for command in ["show", "audit", "check"] {
            confinix([command])
                .arg(&forged.dir)
                .fails(3, &["cannot read", "bundle.json", word])?;
        }
        forged
            .refused_by_nix()
            .with_context(|| changed.to_string())?;
    }
    for changed in [
        with(paths[0].clone()),
        Value::from(paths.iter().rev().cloned().collect::<Vec<_>>()),
        Value::from(&paths[1..]),
        json!([]),
    ] {
        let mut forged = made.again()?;
        forged.json["closures"][id]["paths"] = changed.clone();
        forged
            .refused(&[&format!("closures.{id}.paths[")])
            .with_context(|| changed.to_string())?;
    }
    Ok(())
}
