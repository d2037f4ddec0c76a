//! Every JSON has a version and a schema. `common::schemas` validates the JSON that tests print.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::audit::{AUDIT, place};
use crate::support::Place;

fn version_of(text: &str) -> Result<u64> {
    let document: Value = serde_json::from_str(text)?;
    document["version"].as_u64().context("no version")
}

#[test]
fn every_json_has_a_version() -> Result<()> {
    let audited = place()?;
    let text = audited.stdout(1, &[&AUDIT[..], &["--format", "json"]].concat())?;
    assert_eq!(version_of(&text)?, 1);
    let place = Place::with_bundle()?;
    place.edit("services.json", "full-apivfs", "chroot-only")?;
    place.bundle("new")?;
    for (code, arguments) in [
        (0, &["show", "--json", "bundle"][..]),
        (0, &["show", "--format", "json", "bundle", "web"]),
        (0, &["why", "--format", "json", "bundle", "web", "libc"]),
        (1, &["why", "--json", "bundle", "web", "libd"]),
        (0, &["diff", "--format", "json", "bundle", "new"]),
        (0, &["diff", "--format", "json", "bundle", "bundle"]),
        (0, &["presets", "--format", "json"]),
        (0, &["explain", "--format", "json"]),
        (0, &["explain", "--format", "json", "denied-package"]),
    ] {
        let text = place.stdout(code, arguments)?;
        assert_eq!(version_of(&text)?, 1, "{arguments:?}");
    }
    Ok(())
}

#[test]
fn presets_of_a_policy_come_with_its_file() -> Result<()> {
    let place = Place::new()?;
    place.write(
        "confinix.toml",
        "[presets.mail]\nbind-read-only = [\"/run/mail\", \"-/etc/mail:/mail\"]\nenvironment = { MAIL = \"/mail\" }\n",
    )?;
    let text = place.stdout(0, &["presets", "--format", "json"])?;
    let listed: Value = serde_json::from_str(&text)?;
    let own = listed["presets"].as_array().and_then(|all| all.last());
    assert_eq!(
        *own.context("no presets")?,
        serde_json::json!({
            "name": "mail", "purpose": null, "opens": null, "definedIn": "confinix.toml",
            "binds": [
                { "source": "/run/mail", "target": "/run/mail", "writable": false, "optional": false },
                { "source": "/etc/mail", "target": "/mail", "writable": false, "optional": true },
            ],
            "environment": { "MAIL": "/mail" }, "packages": [],
        })
    );
    Ok(())
}

#[test]
fn a_format_that_a_result_lacks_is_refused_with_those_that_it_has() -> Result<()> {
    let place = Place::with_bundle()?;
    for (arguments, formats) in [
        (
            &["diff", "bundle", "bundle", "--format", "sarif"][..],
            "human, json, markdown, html",
        ),
        (&["show", "bundle", "--format", "junit"], "human, json"),
        (
            &["audit", "bundle", "--format", "html=x"],
            "human, json, sarif, github, gitlab, markdown, junit",
        ),
    ] {
        let told = place.stderr(2, arguments)?;
        let expected = format!("[possible values: {formats}]");
        assert!(told.contains(&expected), "{told}");
    }
    let told = place.stderr(2, &["audit", "bundle", "--format", "json="])?;
    assert!(told.contains("no file is named after '='"), "{told}");
    place.stderr(2, &["show", "bundle", "--json", "--format", "human"])?;
    place.stderr(2, &["presets", "--markdown", "--format", "json"])?;
    Ok(())
}
