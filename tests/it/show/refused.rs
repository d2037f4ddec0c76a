//! What `confinix show` refuses to show.

use std::fs;

use anyhow::Result;
use serde_json::json;

use crate::support::{bundle_json, confinix, scratch, shop, shop_copy};

#[test]
fn what_is_no_bundle_is_told() -> Result<()> {
    let scratch = scratch()?;
    for place in [scratch.path().join("absent"), scratch.path().to_owned()] {
        confinix(["verify", "--offline"]).arg(&place).fails(
            3,
            &[
                place.to_str().unwrap_or_default(),
                "is not a bundle",
                "confinix bundle -o",
            ],
        )?;
    }
    let pipe = scratch.path().join("bundle.json");
    crate::support::program("mkfifo", [&pipe]).succeeds()?;
    confinix(["show"])
        .arg(scratch.path())
        .fails(3, &["cannot read", "bundle.json: it is not a regular file"])?;
    fs::remove_file(&pipe)?;
    for (content, word) in [
        ("", "EOF while parsing"),
        ("{", "line 1 column 1"),
        ("[]", "bundle.json"),
        ("{}", "missing field"),
        (
            r#"{"version": 2, "seal": "", "more": 1}"#,
            "version 2 is not supported, expected version 3: make the bundle again",
        ),
        ("\0", "expected value"),
        ("null", "invalid type: null"),
    ] {
        fs::write(scratch.path().join("bundle.json"), content)?;
        confinix(["show"])
            .arg(scratch.path())
            .fails(3, &["cannot read", "bundle.json", word])?;
    }
    Ok(())
}

/// Changes `bundle.json` and shows the bundle: confinix must refuse it, without a panic.
fn spoiled(spoil: impl FnOnce(&mut serde_json::Value), word: &str) -> Result<()> {
    let (_scratch, directory) = shop_copy()?;
    let mut json = bundle_json(&directory)?;
    spoil(&mut json);
    fs::write(directory.join("bundle.json"), json.to_string())?;
    confinix(["show"])
        .arg(&directory)
        .fails(3, &["bundle.json"])?;
    let verify = || confinix(["verify", "--offline"]).arg(&directory);
    let is_ours = json["version"] == 3;
    if is_ours {
        // It is still a bundle, but a changed one.
        let said = verify().run()?.with_code(1)?.stdout;
        assert!(
            said.starts_with("bundle.json: the seal does not match"),
            "{said}"
        );
        assert!(said.contains(word), "{said}");
    }
    json["seal"] = json!(crate::seal::of(&json)?);
    fs::write(directory.join("bundle.json"), json.to_string())?;
    for arguments in [["show"].as_slice(), &["show", "--json"]] {
        confinix(arguments)
            .arg(&directory)
            .fails(3, &["bundle.json", word])?;
    }
    if !is_ours {
        verify().fails(3, &["cannot read", "bundle.json", word])?;
        return Ok(());
    }
    let said = verify().run()?.with_code(1)?.stdout;
    assert!(
        said.starts_with("bundle.json: ") && said.contains(word) && !said.contains("the seal"),
        "{said}"
    );
    Ok(())
}

#[test]
fn a_bundle_that_contradicts_itself_is_refused() -> Result<()> {
    spoiled(|json| json["version"] = json!(4), "version 4")?;
    spoiled(
        |json| {
            let file = json!({ "path": "../x", "sha256": crate::made::HASH });
            json["view"] = json!({ "files": [file], "image": "0".repeat(32) });
        },
        "view: no service sees a view",
    )?;
    spoiled(
        |json| json["services"]["web.service"]["closure"] = json!("x"),
        "closure: expected \"",
    )?;
    spoiled(
        |json| json["services"]["web.service"]["dropIn"]["path"] = json!("../../etc/passwd"),
        "dropIn.path: expected \"lib/systemd/system/web.service.d/zz-confinement.conf\", found \"../../etc/passwd\"",
    )?;
    spoiled(
        |json| {
            let id = json["services"]["cart.service"]["closure"].clone();
            let paths = &mut json["closures"][id.as_str().unwrap_or_default()]["paths"];
            paths
                .as_array_mut()
                .into_iter()
                .for_each(|paths| paths.reverse());
        },
        "paths[0]: expected \"/nix/store/",
    )?;
    for key in ["binSh", "strategyReason"] {
        spoiled(
            |json| json["services"]["web.service"][key] = json!("/bin/sh\u{1b}[2J"),
            "\"web.service\": \"/bin/sh\\u{1b}[2J\" contains a control character",
        )?;
    }
    spoiled(
        |json| json["paths"] = json!({}),
        "there is no path with the number ",
    )?;
    spoiled(
        |json| json["services"]["web.service"]["mode"] = json!("open"),
        "services.web.service.mode",
    )?;
    spoiled(
        |json| json["services"]["../x.service"] = json["services"]["web.service"].clone(),
        "is not the name of a service",
    )?;
    Ok(())
}

#[test]
fn sizes_that_do_not_add_up_are_refused() -> Result<()> {
    let closure = |json: &serde_json::Value| {
        json["services"]["cart.service"]["closure"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    spoiled(
        |json| {
            let id = closure(json);
            json["closures"][id]["narSize"] = json!(1);
        },
        "narSize: expected ",
    )?;
    spoiled(
        |json| {
            for (_, info) in json["paths"].as_object_mut().into_iter().flatten() {
                info["narSize"] = json!(i64::MAX);
            }
        },
        "the total size is out of range",
    )?;
    Ok(())
}

#[test]
fn keys_that_stand_twice_are_refused() -> Result<()> {
    let (_scratch, directory) = shop_copy()?;
    let path = directory.join("bundle.json");
    let text = fs::read_to_string(&path)?;
    for (from, to) in [
        (
            "\"cart.service\": {",
            "\"cart.service\": {}, \"cart.service\": {",
        ),
        ("\"PrivateTmp\": [", "\"PrivateTmp\": [], \"PrivateTmp\": ["),
        ("\"version\": 3", "\"version\": 3, \"version\": 3"),
    ] {
        let spoiled = text.replacen(from, to, 1);
        assert_ne!(spoiled, text, "{from}");
        fs::write(&path, spoiled)?;
        confinix(["show"])
            .arg(&directory)
            .fails(3, &["cannot read", "bundle.json"])?;
    }
    // The second object would replace the first, valid one.
    let json = bundle_json(shop()?)?;
    let (first, info) = json["paths"]
        .as_object()
        .and_then(|paths| paths.iter().next())
        .ok_or_else(|| anyhow::anyhow!("no paths"))?;
    let doubled = text.replacen(
        &format!("\"{first}\": {{"),
        &format!("\"{first}\": {info}, \"{first}\": {{"),
        1,
    );
    assert_ne!(doubled, text);
    fs::write(&path, doubled)?;
    confinix(["show"])
        .arg(&directory)
        .fails(3, &["duplicate key"])?;
    Ok(())
}
