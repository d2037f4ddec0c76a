//! Services that can reach the host's store beyond their closure. Each test applies the remedies and audits again.
//! tests/systemd/cases/limits.sh tests under a real systemd that the rules are right.

use std::fs;

use anyhow::{Context, Result};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::common::{CHECKOUT, bundle, confinix, scratch};
use crate::support::{Place, RECORDING};

/// A place with the recording in which a service has these settings.
fn place(service: &str, settings: &Value, mode: &str) -> Result<Place> {
    let place = Place::new()?;
    let mut services: Value = serde_json::from_str(&place.read("services.json")?)?;
    services["services"][service]["settings"] = settings.clone();
    services["services"][service]["confinement"]["mode"] = json!(mode);
    place.write("services.json", &services.to_string())?;
    Ok(place)
}

/// Returns the findings with this code.
fn found(place: &Place, code: &str) -> Result<Vec<Value>> {
    let options = ["audit", "--no-policy", "--format", "json"];
    let ran = place.confinix(&[&options[..], &RECORDING].concat()).run()?;
    let report: Value = serde_json::from_str(&ran.stdout).context(ran.stderr)?;
    let findings = report["findings"].as_array().context("no findings")?;
    Ok(findings
        .iter()
        .filter(|finding| finding["code"] == code)
        .cloned()
        .collect())
}

/// Returns the setting that a line of a NixOS configuration assigns, and its values.
fn assignment(paste: &str) -> Option<(String, Value)> {
    let (_, line) = paste.split_once(".serviceConfig.")?;
    let (setting, value) = line.strip_suffix(';')?.split_once(" = ")?;
    let value = value.strip_prefix("lib.mkForce ").unwrap_or(value);
    let values = match value.strip_prefix("[ ") {
        Some(list) => list
            .split('"')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect(),
        None => vec![value.to_owned()],
    };
    Some((setting.to_owned(), json!(values)))
}

#[test]
fn root_without_users_of_its_own_is_found() -> Result<()> {
    let place = Place::with_bundle()?;
    assert_snapshot!(place.stdout(
        0,
        &["audit", "bundle", "--no-policy", "-A", "shell-present"]
    )?);
    assert_snapshot!(place.stdout(0, &["explain", "host-store-writable"])?);
    assert_snapshot!(place.stdout(0, &["explain", "host-store-readable"])?);
    Ok(())
}

#[test]
fn every_remedy_takes_the_finding_away() -> Result<()> {
    let user = json!({ "User": ["web"], "MountAPIVFS": ["yes"] });
    let mut applied = 0;
    for (code, settings, mode) in [
        ("host-store-writable", json!({}), "chroot-only"),
        (
            "host-store-writable",
            json!({ "PrivateUsers": ["no"] }),
            "full-apivfs",
        ),
        (
            "host-store-writable",
            json!({ "SystemCallFilter": ["@system-service @mount"], "MountAPIVFS": ["yes"] }),
            "chroot-only",
        ),
        (
            "host-store-writable",
            json!({ "CapabilityBoundingSet": ["", "CAP_SYS_ADMIN CAP_CHOWN"] }),
            "chroot-only",
        ),
        ("host-store-readable", user, "chroot-only"),
        (
            "host-store-readable",
            json!({ "User": ["web"], "ProtectProc": ["invisible"] }),
            "chroot-only",
        ),
        (
            "host-store-readable",
            json!({ "User": ["web"], "PrivateUsers": ["no"] }),
            "full-apivfs",
        ),
    ] {
        let before = found(&place("backup.service", &settings, mode)?, code)?;
        assert_eq!(before.len(), 1, "{code}: {settings}");
        assert_eq!(
            (&before[0]["service"], &before[0]["level"]),
            (&json!("backup.service"), &json!("warn"))
        );
        for remedy in before[0]["remedies"].as_array().context("no remedies")? {
            let paste = remedy["paste"].as_str().context("no text")?;
            let place = if let Some((setting, values)) = assignment(paste) {
                let mut settings = settings.clone();
                settings[setting] = values;
                place("backup.service", &settings, mode)?
            } else {
                continue;
            };
            assert_eq!(found(&place, code)?, [json!(null); 0], "{paste}");
            applied += 1;
        }
    }
    assert_eq!(applied, 16);
    Ok(())
}

#[test]
fn binds_count_as_far_as_the_root_has_them() -> Result<()> {
    let count = |settings: &Value, option: &str, value: Value, code: &str| -> Result<usize> {
        let place = place("backup.service", settings, "full-apivfs")?;
        let mut services: Value = serde_json::from_str(&place.read("services.json")?)?;
        services["services"]["backup.service"]["confinement"][option] = value;
        place.write("services.json", &services.to_string())?;
        Ok(found(&place, code)?.len())
    };
    let bound = json!({ "RootDirectory": ["/srv"], "BindPaths": ["/nix/store"] });
    // The drop-in of an adopted service drops the bind.
    for code in ["closure-writable", "whole-store-bound"] {
        assert_eq!(count(&bound, "adopt", json!(true), code)?, 0, "{code}");
    }
    let writable = "/var/x:/nix/store/gifsz7j72p5qsmridbr092pk1mg9zmcb-shell-5.2/x";
    let mut settings = json!({ "BindPaths": [writable] });
    let code = "closure-writable";
    assert_eq!(count(&settings, "adopt", json!(false), code)?, 1);
    settings["BindReadOnlyPaths"] = json!([writable]);
    assert_eq!(count(&settings, "adopt", json!(false), code)?, 0);
    let bind = json!({ "text": "/nix/store:/mnt", "context": {} });
    let presets = json!([{ "name": "own", "bindReadOnly": [bind] }]);
    let none = json!({});
    assert_eq!(count(&none, "presets", presets, "whole-store-bound")?, 1);
    Ok(())
}

#[test]
fn an_exception_takes_it_away_too() -> Result<()> {
    let place = Place::with_bundle()?;
    let findings = found(&place, "host-store-writable")?;
    let remedies = findings[0]["remedies"].as_array().context("no remedies")?;
    let exception = remedies.last().and_then(|remedy| remedy["paste"].as_str());
    place.write("confinix.toml", exception.context("no exception")?)?;
    let said = place.stdout(0, &["audit", "bundle", "-A", "shell-present"])?;
    assert!(said.contains("0 warnings, 1 excepted"), "{said}");
    Ok(())
}

#[test]
fn only_bound_store_paths_are_writable() -> Result<()> {
    let scratch = scratch()?;
    let file = scratch.path().join("services.nix");
    fs::write(
        &file,
        r#"let file = builtins.toFile "x" "x"; of = strategy: binSh: {
             serviceConfig.ExecStart = file;
             confinement = { enable = true; mode = "chroot-only"; inherit strategy binSh; };
           }; in
           { services = {
               bind = of "bind" null; view = of "image" null; shell = of "image" file;
               none = of "bind" null // { serviceConfig.ExecStart = "/usr/bin/x"; };
               store = of "bind" null // { serviceConfig = { ExecStart = "/usr/bin/x"; BindReadOnlyPaths = "/nix/store"; }; };
             }; }"#,
    )?;
    bundle(["-o", "out", "-f"])
        .arg(&file)
        .within(scratch.path())
        .succeeds()?;
    let ran = confinix([
        "audit",
        "--no-policy",
        "--no-foresight",
        "--format",
        "json",
        "out",
    ])
    .within(scratch.path())
    .run()?;
    let report: Value = serde_json::from_str(&ran.stdout).context(CHECKOUT)?;
    let findings = report["findings"].as_array().context("no findings")?;
    let of: Vec<_> = findings
        .iter()
        .filter(|finding| finding["code"] == "host-store-writable")
        .map(|finding| {
            (
                finding["service"].clone(),
                finding["remedies"].as_array().map_or(0, Vec::len),
            )
        })
        .collect();
    assert_eq!(
        of,
        [
            (json!("bind.service"), 4),
            (json!("shell.service"), 3),
            (json!("store.service"), 4)
        ]
    );
    Ok(())
}
