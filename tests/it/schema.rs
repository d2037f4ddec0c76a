//! src/bundle/schema.json describes bundle.json.

use anyhow::{Context, Result, anyhow};
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::support::{bundle, bundle_json, fixture, keys, scratch, shop};

fn schema() -> Result<Validator> {
    let text = std::fs::read(fixture("src/bundle/schema.json"))?;
    let schema: Value = serde_json::from_slice(&text)?;
    jsonschema::draft202012::meta::validate(&schema).map_err(|error| anyhow!("{error}"))?;
    jsonschema::draft202012::new(&schema).map_err(|error| anyhow!("{error}"))
}

fn complaints(schema: &Validator, value: &Value) -> Vec<String> {
    schema
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

#[test]
fn bundles_are_as_the_schema_says() -> Result<()> {
    let schema = schema()?;
    assert_eq!(complaints(&schema, &bundle_json(shop()?)?), [""; 0]);
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
        assert_eq!(
            complaints(&schema, &bundle_json(&out)?),
            [""; 0],
            "{source}"
        );
    }
    Ok(())
}

/// A change of the value at a JSON pointer; `null` takes it away.
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
    let schema = schema()?;
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
        (&format!("/closures/{id}/paths"), json!(["/nix/store/x"])),
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
            !schema.is_valid(&changed(&bundle, pointer, value.clone())?),
            "{pointer}: {value} was accepted"
        );
    }
    Ok(())
}

#[test]
fn the_schema_asks_for_every_key() -> Result<()> {
    let schema = schema()?;
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
            assert!(!schema.is_valid(&without), "{at}/{key} may be left out");
        }
    }
    Ok(())
}
