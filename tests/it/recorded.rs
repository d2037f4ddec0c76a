//! Bundles from recordings, without nix.

mod by_hand;

use std::fs;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::made;
use crate::made::Recording;
use crate::support::{
    CHECKOUT, bundle, bundle_json, confinix, drop_in, files, keys, nix, scratch, shop,
};

/// Returns a recording of the shop's services without symlinked store paths, which a graph does not show; a package ships the unit of
/// one service.
fn services() -> Result<String> {
    let ran = confinix(["services", "-f", "fixtures/shop"])
        .args([
            "-s", "web", "-s", "mail", "-s", "till@*", "-s", "letters", "-s", "backup",
        ])
        .within(CHECKOUT)
        .succeeds()?;
    Ok(ran.stdout)
}

/// Returns Nix's description of the shop's paths.
fn graph() -> Result<String> {
    let paths = keys(&bundle_json(shop()?)?["paths"])?;
    Ok(nix(["path-info", "--json", "-r"])
        .args(paths)
        .succeeds()?
        .stdout)
}

#[test]
fn a_recording_gives_the_same_bytes_as_the_store() -> Result<()> {
    let scratch = scratch()?;
    let recording = Recording::new(scratch.path(), services()?, graph()?)?;
    recording.bundle().succeeds()?;
    let live = scratch.path().join("live");
    bundle(["--services", "services.json", "-o", "live"])
        .within(scratch.path())
        .succeeds()?;
    assert_eq!(files(&recording.out())?, files(&live)?);
    Ok(())
}

#[test]
fn a_graph_can_come_from_standard_input_or_a_bundle() -> Result<()> {
    let scratch = scratch()?;
    let recording = Recording::new(scratch.path(), services()?, graph()?)?;
    recording.bundle().succeeds()?;
    bundle(["--services", "services.json", "--graph", "-", "-o", "stdin"])
        .within(scratch.path())
        .input(graph()?)
        .succeeds()?;
    assert_eq!(
        files(&scratch.path().join("stdin"))?,
        files(&recording.out())?
    );
    bundle(["--services", "services.json", "-o", "bundle", "--graph"])
        .arg(shop()?.join("bundle.json"))
        .within(scratch.path())
        .succeeds()?;
    assert_eq!(
        files(&scratch.path().join("bundle"))?,
        files(&recording.out())?
    );
    Ok(())
}

#[test]
fn a_bundle_as_graph_knows_the_symlinks() -> Result<()> {
    let scratch = scratch()?;
    let services = confinix([
        "services",
        "-f",
        "fixtures/shop",
        "-s",
        "catalogue",
        "-s",
        "search*",
    ])
    .within(CHECKOUT)
    .succeeds()?
    .stdout;
    let graph = fs::read(shop()?.join("bundle.json"))?;
    let recording = Recording::new(scratch.path(), services, graph)?;
    recording.bundle().succeeds()?;
    for service in ["catalogue.service", "search.service"] {
        assert_eq!(
            drop_in(&recording.out(), service)?,
            drop_in(shop()?, service)?
        );
    }
    Ok(())
}

#[test]
fn both_cannot_be_standard_input() -> Result<()> {
    bundle(["--services", "-", "--graph", "-"])
        .fails(2, &["can't both be read from standard input"])?;
    Ok(())
}

/// Writes the value with every object reversed and, if `arrays`, every array whose order does not matter. serde_json sorts objects,
/// so this function writes them itself.
fn reversed(value: &Value, out: &mut String, arrays: bool) {
    match value {
        Value::Object(object) => {
            out.push('{');
            for (at, (key, value)) in object.iter().rev().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                out.push_str(&json!(key).to_string());
                out.push(':');
                reversed(value, out, arrays);
            }
            out.push('}');
        }
        Value::Array(items) => {
            let mut parts: Vec<_> = items
                .iter()
                .map(|item| {
                    let mut part = String::new();
                    reversed(item, &mut part, arrays);
                    part
                })
                .collect();
            if arrays {
                parts.reverse();
            }
            out.push('[');
            out.push_str(&parts.join(","));
            out.push(']');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}

#[test]
fn the_order_of_the_input_does_not_show() -> Result<()> {
    let scratch = scratch()?;
    let recording = Recording::new(scratch.path(), services()?, graph()?)?;
    recording.bundle().succeeds()?;
    let expected = files(&recording.out())?;
    let turned = |text: &str, arrays| {
        let mut out = String::new();
        reversed(&serde_json::from_str(text)?, &mut out, arrays);
        Ok::<_, anyhow::Error>(out)
    };
    fs::write(
        scratch.path().join("services.json"),
        turned(&services()?, false)?,
    )?;
    fs::write(scratch.path().join("graph.json"), turned(&graph()?, true)?)?;
    recording.bundle().succeeds()?;
    assert_eq!(files(&recording.out())?, expected);
    Ok(())
}

#[test]
fn the_attributes_of_a_build_give_the_same_bytes_as_the_store() -> Result<()> {
    let scratch = scratch()?;
    let services = confinix(["services", "-f", "fixtures/shop"])
        .within(CHECKOUT)
        .succeeds()?
        .stdout;
    let mut graph = bundle_json(shop()?)?["paths"].take();
    for info in graph.as_object_mut().context("no paths")?.values_mut() {
        info.as_object_mut().context("no object")?.remove("symlink");
    }
    let attrs = made::attributes(&serde_json::from_str(&services)?, &graph);
    fs::write(scratch.path().join("attrs.json"), attrs.to_string())?;
    confinix(["bundle", "--attrs", "attrs.json", "-o", "out"])
        .env("PATH", "/nonexistent")
        .within(scratch.path())
        .succeeds()?;
    assert_eq!(files(&scratch.path().join("out"))?, files(shop()?)?);
    Ok(())
}
