//! `confinix sbom` of services that Nix evaluates.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::published::{check_cyclonedx, check_spdx};
use crate::common::{OFFLINE, bundle, confinix, scratch};

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

/// Packages that need nothing to be built, with what nixpkgs says of its own.
const PACKAGES: &str = r#"
  let
    build = name: more: derivation ({
      inherit name; system = builtins.currentSystem; builder = "/bin/sh";
      args = [ "-c" "echo $uses > $out" ];
    } // removeAttrs more [ "meta" "src" "buildInputs" ]) // more;
    library = build "library-1.0" {
      meta.license = [ { spdxId = "MIT"; fullName = "MIT License"; } { fullName = "Own License"; } { spdxId = "Own-1.0"; } ];
      meta.homepage = [ "https://example.org/library" "https://example.org/other" ];
      src = { urls = [ "mirror://gnu/library.tar.gz" ]; };
    };
    server = build "server-2.0" {
      uses = "${library}";
      buildInputs = [ library "a string" null ];
      meta.license = { spdxId = "GPL-3.0-or-later"; fullName = "GNU GPL v3 or later"; };
      meta.homepage = "https://example.org/server";
      src = { url = "https://example.org/server.tar.gz"; };
    };
    tool = build "tool-3.0" { meta.license = "a licence"; };
    unknown = build "unknown-4.0" { meta.license = { free = true; }; };
  in {
    pkgs = { inherit server; tool = throw "this package was renamed"; unknown = { }; };
    services.web = {
      enableDefaultPath = false;
      confinement = { enable = true; packages = [ tool ]; };
      serviceConfig.ExecStart = "${server} ${unknown}";
    };
  }
"#;

fn sbom(expression: &str, arguments: &[&str]) -> Result<String> {
    let ran = confinix(["sbom", "--impure", "--expr", expression]).args(arguments);
    Ok(ran.args(OFFLINE).succeeds()?.stdout)
}

#[test]
fn packages_tell_their_licences_and_sources() -> Result<()> {
    let bill = check_cyclonedx(&sbom(PACKAGES, &[])?)?;
    let components = bill["components"].as_array().context("no components")?;
    let told = |name: &str| {
        let component = components
            .iter()
            .find(|component| component["name"] == name);
        let component = component.cloned().unwrap_or_default();
        json!([component["licenses"], component["externalReferences"]])
    };
    let link = |kind: &str, url: &str| json!({ "type": kind, "url": url });
    assert_eq!(
        told("server"),
        json!([
            [{ "license": { "id": "GPL-3.0-or-later" } }],
            [
                link("website", "https://example.org/server"),
                link("source-distribution", "https://example.org/server.tar.gz"),
            ]
        ])
    );
    assert_eq!(
        told("library"),
        json!([
            [
                { "license": { "id": "MIT" } },
                { "license": { "name": "Own License" } },
                { "license": { "name": "Own-1.0" } }
            ],
            [
                link("website", "https://example.org/library"),
                link("source-distribution", "mirror://gnu/library.tar.gz"),
            ]
        ])
    );
    assert_eq!(
        told("tool"),
        json!([[{ "license": { "name": "a licence" } }], null])
    );
    assert_eq!(told("unknown"), json!([null, null]));
    let spdx = check_spdx(&sbom(PACKAGES, &["--format", "spdx"])?)?;
    let packages = spdx["packages"].as_array().context("no packages")?;
    let declared = |name: &str| {
        let package = packages.iter().find(|package| package["name"] == name);
        package.map(|package| package["licenseDeclared"].clone())
    };
    assert_eq!(declared("server"), Some(json!("GPL-3.0-or-later")));
    assert_eq!(declared("library"), Some(json!("NOASSERTION")));
    // Of a NixOS system, packages are found in its package set alone.
    let system = format!(
        "let plain = {PACKAGES}; in {{ host = {{ inherit (plain) pkgs; config.systemd = {{ inherit (plain) services; }}; }}; }}"
    );
    for (expression, licenses) in [(PACKAGES, 3), (system.as_str(), 2)] {
        let counted: Value = serde_json::from_str(&sbom(expression, &["--json"])?)?;
        assert_eq!(counted["withLicense"], licenses, "{expression}");
        assert_eq!(counted["withSource"], 2, "{expression}");
    }
    Ok(())
}

#[test]
fn packages_that_cannot_be_evaluated_are_a_warning() -> Result<()> {
    let broken = PACKAGES.replace("throw \"this package was renamed\"", "{ }.nothing");
    let ran = confinix(["sbom", "--impure", "--expr", &broken, "--json"]);
    let ran = ran.args(OFFLINE).run()?.with_code(0)?;
    let counted: Value = serde_json::from_str(&ran.stdout)?;
    assert_eq!(counted["withLicense"], 0);
    let warning = "licences and sources are missing in the result";
    assert!(ran.stderr.contains(warning), "{}", ran.stderr);
    Ok(())
}
