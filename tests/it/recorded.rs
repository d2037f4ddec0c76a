//! Bundles from recordings, without nix.

use std::fs;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::made::{self, Recording};
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
fn ten_thousand_paths_and_hundreds_of_services_are_no_matter() -> Result<()> {
    const PATHS: usize = 10_000;
    const SERVICES: usize = 200;
    let graph: serde_json::Map<String, Value> = (0..PATHS)
        .map(|number| {
            let references: Vec<_> = [number / 2, number / 3, number.saturating_sub(1) / 7 * 2]
                .into_iter()
                .filter(|reference| *reference < number)
                .collect();
            (made::path(number), made::info(&references))
        })
        .collect();
    let services: serde_json::Map<String, Value> = (0..SERVICES)
        .map(|number| {
            let command = format!("{}/bin/x", made::path(PATHS - 1 - number));
            (format!("s{number}.service"), made::service(&command))
        })
        .collect();
    let value = json!({ "version": 1, "storeDir": "/nix/store", "services": services });
    let scratch = scratch()?;
    let recording = Recording::of(scratch.path(), &value, &graph.into())?;
    recording.bundle().succeeds()?;
    let json = bundle_json(&recording.out())?;
    assert_eq!(keys(&json["services"])?.len(), SERVICES);
    let closure = json["services"]["s0.service"]["closure"]
        .as_str()
        .context("no id")?;
    assert!(crate::support::strings(&json["closures"][closure]["paths"])?.contains(&made::path(0)));
    confinix(["verify", "--offline"])
        .arg(recording.out())
        .succeeds()?;
    confinix(["show"]).arg(recording.out()).succeeds()?;
    Ok(())
}

#[test]
fn a_service_that_names_no_store_path_sees_none() -> Result<()> {
    let scratch = scratch()?;
    let services = made::one("a.service", &made::service("/usr/bin/true"));
    let recording = Recording::of(scratch.path(), &services, &json!({}))?;
    recording.bundle().succeeds()?;
    assert!(!drop_in(&recording.out(), "a.service")?.contains("BindReadOnlyPaths"));
    let shown = confinix(["show", "out", "a"])
        .within(scratch.path())
        .succeeds()?
        .stdout;
    assert!(
        shown.contains("No closure roots: the service names no store path."),
        "{shown}"
    );
    Ok(())
}

#[test]
fn what_is_only_in_a_context_is_no_root() -> Result<()> {
    let scratch = scratch()?;
    let mut service = made::service(&made::path(0));
    service["exec"]["ExecStart"][0]["context"] =
        json!({ made::path(0): { "path": true }, made::path(1): { "path": true } });
    let recording = Recording::of(
        scratch.path(),
        &made::one("a.service", &service),
        &made::graph(&[&[], &[]]),
    )?;
    recording.bundle().succeeds()?;
    assert_eq!(
        keys(&bundle_json(&recording.out())?["paths"])?,
        [made::path(0)]
    );
    Ok(())
}

#[test]
fn a_command_that_is_taken_back_does_not_count() -> Result<()> {
    let scratch = scratch()?;
    let mut service = made::service(&made::path(0));
    service["exec"]["ExecStart"] = json!([
        made::text(&made::path(1)),
        made::text(""),
        made::text(&made::path(0))
    ]);
    let recording = Recording::of(
        scratch.path(),
        &made::one("a.service", &service),
        &made::graph(&[&[], &[]]),
    )?;
    recording.bundle().succeeds()?;
    let json = bundle_json(&recording.out())?;
    assert_eq!(
        json["services"]["a.service"]["roots"],
        json!([{ "origin": "ExecStart[2]", "path": made::path(0) }])
    );
    Ok(())
}

#[test]
fn names_that_systemd_allows_are_written_as_they_are() -> Result<()> {
    for name in [
        "a.service",
        "a@.service",
        "a@b.service",
        r"a\x2db:c_d.e.service",
        "a@b@c.service",
        "A-1.service",
    ] {
        let scratch = scratch()?;
        let services = made::one(name, &made::service(&made::path(0)));
        let recording = Recording::of(scratch.path(), &services, &made::graph(&[&[]]))?;
        recording.bundle().succeeds()?;
        drop_in(&recording.out(), name)?;
        confinix(["verify", "--offline", "out"])
            .within(scratch.path())
            .succeeds()?;
        confinix(["show", "out", name])
            .within(scratch.path())
            .succeeds()?;
    }
    Ok(())
}

#[test]
fn the_attributes_of_a_build_give_the_same_bytes_as_the_store() -> Result<()> {
    let scratch = scratch()?;
    let services = confinix(["services", "-f", "fixtures/shop"])
        .within(CHECKOUT)
        .succeeds()?
        .stdout;
    // In the form of exportReferencesGraph, between Nix's own attributes.
    let mut closure = Vec::new();
    for (path, info) in bundle_json(shop()?)?["paths"]
        .as_object()
        .context("no paths")?
    {
        let mut entry = info.clone();
        entry["path"] = json!(path);
        entry["closureSize"] = json!(1);
        entry
            .as_object_mut()
            .context("no object")?
            .remove("symlink");
        closure.push(entry);
    }
    let attrs = json!({
        "builder": "/bin/sh",
        "closure": closure,
        "name": "bundle",
        "outputs": { "out": "/x" },
        "services": serde_json::from_str::<Value>(&services)?,
    });
    fs::write(scratch.path().join("attrs.json"), attrs.to_string())?;
    confinix(["bundle", "--attrs", "attrs.json", "-o", "out"])
        .env("PATH", "/nonexistent")
        .within(scratch.path())
        .succeeds()?;
    assert_eq!(files(&scratch.path().join("out"))?, files(shop()?)?);
    Ok(())
}
