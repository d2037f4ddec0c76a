//! `confinix show`.

use std::fs;

use anyhow::Result;
use serde_json::json;

use crate::support::{
    SNAPSHOTS_HOLD, bundle, bundle_json, confinix, keys, not_run, scratch, shop, shop_copy, strings,
};

fn show(arguments: &[&str]) -> Result<String> {
    Ok(confinix(["show"])
        .args(arguments)
        .arg(shop()?)
        .succeeds()?
        .stdout)
}

#[test]
fn a_bundle_is_shown_as_a_table() -> Result<()> {
    if !SNAPSHOTS_HOLD {
        return not_run(
            "snapshots of the shop",
            "its store paths are those of x86_64-linux",
        );
    }
    insta::assert_snapshot!(show(&[])?);
    Ok(())
}

#[test]
fn a_service_is_shown_with_roots_settings_and_paths() -> Result<()> {
    if !SNAPSHOTS_HOLD {
        return not_run(
            "snapshots of the shop",
            "its store paths are those of x86_64-linux",
        );
    }
    for service in ["cart", "catalogue.service", "till@front", "backup"] {
        let ran = confinix(["show"]).arg(shop()?).arg(service).succeeds()?;
        insta::assert_snapshot!(format!("show {service}"), ran.stdout);
    }
    Ok(())
}

#[test]
fn scripts_get_json() -> Result<()> {
    if !SNAPSHOTS_HOLD {
        return not_run(
            "snapshots of the shop",
            "its store paths are those of x86_64-linux",
        );
    }
    insta::assert_snapshot!("show as JSON", show(&["--json"])?);
    let ran = confinix(["show", "--json"])
        .arg(shop()?)
        .arg("search")
        .succeeds()?;
    insta::assert_snapshot!("show search as JSON", ran.stdout);
    Ok(())
}

#[test]
fn scripts_get_every_column_of_the_table() -> Result<()> {
    let json = bundle_json(shop()?)?;
    let shown: serde_json::Value = serde_json::from_str(&show(&["--json"])?)?;
    let services = shown["services"].as_array().into_iter().flatten();
    let mut count = 0;
    for service in services {
        let name = service["name"].as_str().unwrap_or_default();
        for key in ["mode", "strategy", "mounts"] {
            assert_eq!(service[key], json["services"][name][key], "{name} {key}");
        }
        count += 1;
    }
    assert_eq!(count, 10);
    Ok(())
}

#[test]
fn own_and_shared_part_make_the_whole() -> Result<()> {
    let json = bundle_json(shop()?)?;
    let shown: serde_json::Value = serde_json::from_str(&show(&["--json"])?)?;
    let closure = |name: &str| {
        let id = json["services"][name]["closure"]
            .as_str()
            .unwrap_or_default();
        strings(&json["closures"][id]["paths"])
    };
    let names = keys(&json["services"])?;
    for service in shown["services"].as_array().into_iter().flatten() {
        let name = service["name"].as_str().unwrap_or_default();
        let mut own = 0;
        for path in closure(name)? {
            let mut viewers = 0;
            for other in &names {
                viewers += usize::from(closure(other)?.contains(&path));
            }
            if viewers == 1 {
                own += json["paths"][&path]["narSize"].as_u64().unwrap_or_default();
            }
        }
        assert_eq!(service["ownNarSize"], own, "{name}");
        let sum = own + service["sharedNarSize"].as_u64().unwrap_or_default();
        assert_eq!(service["narSize"], sum, "{name}");
    }
    Ok(())
}

#[test]
fn a_service_that_is_not_there_is_named_with_those_that_are() -> Result<()> {
    let run = |service: &str| {
        confinix(["show"])
            .args([shop()?.as_os_str(), service.as_ref()])
            .fails(3, &[])
    };
    assert_eq!(
        run("nginx")?.stderr,
        "confinix: the bundle has no nginx.service; it has backup, cart, catalogue, letters, mail, search-index, search, till@, till@front, web\n"
    );
    assert!(run("a b")?.stderr.contains("is not the name of a service"));
    assert!(run("")?.stderr.contains("is not the name of a service"));
    Ok(())
}

#[test]
fn what_is_no_bundle_is_told() -> Result<()> {
    let scratch = scratch()?;
    for place in [scratch.path().join("absent"), scratch.path().to_owned()] {
        confinix(["show"]).arg(&place).fails(
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
            r#"{"version": 1, "seal": "", "more": 1}"#,
            "version 1 is not supported, expected version 2: make the bundle again",
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
    let is_ours = json["version"] == 2;
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
    spoiled(|json| json["version"] = json!(3), "version 3")?;
    spoiled(
        |json| {
            let id = json["services"]["cart.service"]["closure"].clone();
            let file = json!({ "path": "../x", "sha256": crate::made::HASH });
            json["closures"][id.as_str().unwrap_or_default()]["view"] =
                json!({ "files": [file], "place": "/run/x" });
        },
        "view: expected nothing, found {\"files\":[{\"path\":\"../x\"",
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
    spoiled(|json| json["paths"] = json!({}), "an unknown path")?;
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
        ("\"version\": 2", "\"version\": 2, \"version\": 2"),
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

#[test]
fn a_service_without_store_paths_has_no_table_of_them() -> Result<()> {
    let scratch = scratch()?;
    let expression = r#"{ services.web = { confinement.enable = true; serviceConfig.ExecStart = "/usr/bin/web"; }; }"#;
    bundle(["--expr", expression, "-o", "out"])
        .within(scratch.path())
        .succeeds()?;
    let shown = confinix(["show", "out", "web"])
        .within(scratch.path())
        .succeeds()?
        .stdout;
    assert!(shown.contains("No closure roots"), "{shown}");
    assert!(!shown.contains("PATH"), "{shown}");
    Ok(())
}
