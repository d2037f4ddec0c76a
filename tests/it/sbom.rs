//! `confinix sbom` of services that Nix evaluates.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::support::{bundle, confinix, scratch};

#[test]
fn hidden_executables_are_counted() -> Result<()> {
    let scratch = scratch()?;
    for file in ["bin/web", "share/doc/example", "lib/data"] {
        let path = scratch.path().join("package").join(file);
        fs::create_dir_all(path.parent().context("no directory")?)?;
        fs::write(&path, "#!/bin/sh\n")?;
        let mode = if file == "lib/data" { 0o644 } else { 0o755 };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode))?;
    }
    let expression = r#"let
        package = builtins.path { path = ./package; name = "package-1.0"; };
        service = hide: {
          confinement = { enable = true; inherit hide; };
          serviceConfig.ExecStart = "${package}/bin/web";
        };
      in { services = { all = service [ ]; less = service [ "docs" ]; }; }"#;
    fs::write(scratch.path().join("services.nix"), expression)?;
    let made = bundle(["-f", "services.nix", "--strategy", "image", "-o", "bundle"]);
    made.within(scratch.path()).succeeds()?;
    let advisory = json!({
        "id": "X", "modified": "",
        "affected": [{
            "package": { "ecosystem": "Nixpkgs", "name": "package" },
            "ranges": [{ "type": "ECOSYSTEM", "events": [{ "introduced": "1" }] }]
        }]
    });
    fs::write(scratch.path().join("osv.json"), advisory.to_string())?;
    let ran = confinix(["sbom", "bundle", "--vex", "osv.json", "--json"]);
    let ran = ran.within(scratch.path()).run()?.with_code(1)?;
    let told: Value = serde_json::from_str(&ran.stdout)?;
    let counts = |index: usize| {
        let component = &told["advisories"][0]["services"][index]["components"][0];
        (
            component["executables"].clone(),
            component["hiddenExecutables"].clone(),
        )
    };
    assert_eq!(counts(0), (json!(2), json!(0)));
    assert_eq!(counts(1), (json!(1), json!(1)));
    Ok(())
}
