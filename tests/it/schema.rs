//! schemas/bundle.schema.json describes bundle.json, and schemas/services.schema.json the services value.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::support::schemas::{check, complaints, hold};
use crate::support::{OFFLINE, Ran, bundle, bundle_json, confinix, fixture, keys, scratch, shop};

#[test]
fn bundles_are_as_the_schema_says() -> Result<()> {
    check("bundle", &bundle_json(shop()?)?)?;
    let scratch = scratch()?;
    for (source, strategy) in [
        ("fixtures/demo/demo.nix", "bind"),
        ("fixtures/shop", "inherit"),
        ("fixtures/shop", "image"),
    ] {
        let out = scratch.path().join("out");
        bundle(["--all", "--strategy", strategy, "-f"])
            .arg(fixture(source))
            .arg("-o")
            .arg(&out)
            .succeeds()?;
        check("bundle", &bundle_json(&out)?).context(source)?;
    }
    Ok(())
}

/// Every run in these tests goes through `hold`.
#[test]
fn what_a_run_prints_is_held_to_its_schema() {
    let held = |arguments: &[&str], stdout: &str| {
        let ran = Ran {
            code: Some(0),
            stdout: stdout.to_owned(),
            stderr: String::new(),
        };
        hold(&confinix(arguments).command(), &ran)
    };
    for arguments in [
        &["audit", "--format", "json"][..],
        &["check", "--format", "json"],
        &["diff", "--format", "json"],
        &["enter", "--ls", "--json"],
        &["explain", "--format", "json"],
        &["presets", "--format", "json"],
        &["rehearse", "--format", "json"],
        &["services"],
        &["show", "--json"],
        &["why", "--json"],
        &["new", "--json"],
    ] {
        assert!(
            held(arguments, r#"{ "version": 1 }"#).is_err(),
            "{arguments:?}"
        );
    }
    assert!(held(&["show"], "text").is_ok());
}

#[test]
fn services_values_are_as_the_schema_says() -> Result<()> {
    let recorded = std::fs::read(fixture("fixtures/demo/services.json"))?;
    check("services", &serde_json::from_slice(&recorded)?)?;
    // The test support validates all printed JSON against its schema.
    confinix(["services", "--all", "-f"])
        .arg(fixture("fixtures/shop"))
        .args(OFFLINE)
        .succeeds()?;
    Ok(())
}

/// Changes the value at a JSON pointer; `null` removes it.
fn changed(bundle: &Value, pointer: &str, value: Value) -> Result<Value> {
    let mut bundle = bundle.clone();
    let (parent, key) = pointer.rsplit_once('/').context("no pointer")?;
    let parent = bundle
        .pointer_mut(parent)
        .with_context(|| format!("no {parent}"))?;
    if let Some(object) = parent.as_object_mut() {
        if value.is_null() && object.contains_key(key) {
            object.remove(key);
        } else {
            object.insert(key.replace("~1", "/"), value);
        }
    } else {
        parent[key.parse::<usize>()?] = value;
    }
    Ok(bundle)
}

#[test]
fn the_schema_refuses_what_no_bundle_is() -> Result<()> {
    let bundle = bundle_json(shop()?)?;
    let id = keys(&bundle["closures"])?[0].clone();
    let path = keys(&bundle["paths"])?[0].replace('/', "~1");
    let long = "a".repeat(300);
    for (pointer, value) in [
        ("/more", json!(1)),
        ("/version", json!(1)),
        ("/version", json!("1")),
        ("/seal", json!("sha256-x")),
        ("/storeDir", json!("nix/store")),
        (
            "/paths/x",
            json!({ "narHash": crate::made::HASH, "narSize": 1, "references": [] }),
        ),
        (&format!("/paths/{path}/narHash"), json!("sha256:0000")),
        (&format!("/paths/{path}/narSize"), json!(-1)),
        (&format!("/paths/{path}/narSize"), json!(1.5)),
        (&format!("/paths/{path}/references"), json!(["x"])),
        (&format!("/paths/{path}/symlink"), json!(1)),
        (&format!("/paths/{path}/extra"), json!(1)),
        ("/closures/nothex", json!({ "narSize": 0, "paths": [] })),
        (&format!("/closures/{id}/paths"), json!([path])),
        (&format!("/closures/{id}/paths"), json!([-1])),
        (&format!("/closures/{id}/paths"), json!([0.5])),
        (&format!("/closures/{id}/paths"), json!([0, 0])),
        (&format!("/closures/{id}/view"), json!({})),
        (&format!("/paths/{path}/directory"), json!(true)),
        (&format!("/paths/{path}/directories"), json!(true)),
        (&format!("/paths/{path}/directories"), json!([""])),
        (&format!("/paths/{path}/directories"), json!(["/a"])),
        (&format!("/paths/{path}/directories"), json!(["a//b"])),
        (&format!("/paths/{path}/directories"), json!(["a", "a"])),
        ("/view", json!({ "files": [], "image": "0".repeat(32) })),
        ("/services/a", bundle["services"]["web.service"].clone()),
        (
            &format!("/services/{long}.service"),
            bundle["services"]["web.service"].clone(),
        ),
        (
            "/services/a~1b.service",
            bundle["services"]["web.service"].clone(),
        ),
        ("/services/web.service/mode", json!("open")),
        ("/services/web.service/strategy", json!("hope")),
        ("/services/web.service/closure", json!("x")),
        ("/services/web.service/mounts", json!(-1)),
        ("/services/web.service/binSh", json!(1)),
        ("/services/web.service/dropIn", json!({})),
        ("/services/web.service/dropIn/path", json!("../x")),
        ("/services/web.service/dropIn/sha256", json!("x")),
        ("/services/web.service/exec/Exec", json!(["x"])),
        ("/services/web.service/exec/ExecStart", json!("x")),
        ("/services/web.service/settings/PrivateTmp", json!("yes")),
        (
            "/services/web.service/roots/0",
            json!({ "origin": "ExecStart", "path": crate::made::path(0) }),
        ),
        ("/services/web.service/roots/0/origin", json!("packages[x]")),
        ("/services/web.service/roots/0/path", json!("/bin/sh")),
        ("/services/web.service/roots/0/more", json!(1)),
    ] {
        assert!(
            !complaints("bundle", &changed(&bundle, pointer, value.clone())?)?.is_empty(),
            "{pointer}: {value} was accepted"
        );
    }
    Ok(())
}

#[test]
fn the_schema_refuses_what_no_view_is() -> Result<()> {
    let scratch = scratch()?;
    let out = scratch.path().join("out");
    bundle(["--strategy", "image", "-f"])
        .arg(fixture("fixtures/shop"))
        .arg("-o")
        .arg(&out)
        .succeeds()?;
    let bundle = bundle_json(&out)?;
    assert_eq!(complaints("bundle", &bundle)?.len(), 0);
    let files = bundle["view"]["files"].as_array().context("no files")?;
    for (pointer, value) in [
        ("/view/files", json!(files[1..])),
        ("/view/files", json!([&files[..1], files].concat())),
        ("/view/files/0", Value::Null),
        ("/view/files/0/path", json!("lib/systemd/system/x.mount")),
        (
            "/view/files/0/path",
            json!("lib/systemd/system/confinix-x.erofs"),
        ),
        ("/view/files/0/path", json!("../confinix-view.service")),
        ("/view/files/0/path", Value::Null),
        ("/view/files/0/sha256", json!("x")),
        ("/view/files/0/sha256", Value::Null),
        ("/view/files/0/more", json!(1)),
        ("/view/files", Value::Null),
        ("/view/image", json!("x")),
        ("/view/image", Value::Null),
        ("/view/place", json!("/run/confinix/view/x")),
    ] {
        assert!(
            !complaints("bundle", &changed(&bundle, pointer, value.clone())?)?.is_empty(),
            "{pointer}: {value} was accepted"
        );
    }
    Ok(())
}

#[test]
fn the_schema_asks_for_every_key() -> Result<()> {
    let bundle = bundle_json(shop()?)?;
    let id = keys(&bundle["closures"])?[0].clone();
    let path = keys(&bundle["paths"])?[0].replace('/', "~1");
    let whole = |pointer: &str| bundle.pointer(pointer).map_or_else(|| keys(&bundle), keys);
    for at in [
        String::new(),
        format!("/closures/{id}"),
        format!("/paths/{path}"),
        "/services/web.service".to_owned(),
        "/services/web.service/dropIn".to_owned(),
        "/services/web.service/roots/0".to_owned(),
    ] {
        for key in whole(&at)?.iter().filter(|key| *key != "symlink") {
            let without = changed(&bundle, &format!("{at}/{key}"), Value::Null)?;
            let complaints = complaints("bundle", &without)?;
            assert!(!complaints.is_empty(), "{at}/{key} may be left out");
        }
    }
    Ok(())
}
