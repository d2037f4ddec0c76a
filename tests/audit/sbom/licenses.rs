//! Licences in bills of materials of several hosts.

use std::fs;

use anyhow::Result;
use serde_json::Value;

use super::fleet::sbom;
use crate::common::{OFFLINE, confinix, scratch};

#[test]
fn packages_of_hosts_tell_their_licences() -> Result<()> {
    let scratch = scratch()?;
    let hosts = r#"
      let
        build = name: license: derivation {
          inherit name; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" "echo > $out" ];
        } // { meta.license = { spdxId = license; fullName = license; }; };
        host = packages: {
          pkgs = packages;
          services.web = {
            enableDefaultPath = false;
            confinement.enable = true;
            serviceConfig.ExecStart = toString (builtins.attrValues packages);
          };
        };
      in {
        a = host { one = build "one-1.0" "MIT"; };
        b = { more ? true }: host { one = build "one-1.0" "MIT"; two = build "two-1.0" "ISC"; };
      }"#;
    fs::write(scratch.path().join("hosts.nix"), hosts)?;
    let ran = sbom(scratch.path(), &["--json"]).succeeds()?;
    let told: Value = serde_json::from_str(&ran.stdout)?;
    assert_eq!(told["withLicense"], 2, "{}", ran.stdout);
    Ok(())
}

#[test]
fn hosts_that_make_their_bundles_themselves_tell_their_licences_too() -> Result<()> {
    let scratch = scratch()?;
    let build = r#"
      let build = name: script: derivation {
        inherit name; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" "PATH=/bin:/usr/bin; ${script}" ];
      };
      one = build "one-1.0" "echo > $out" // { meta.license = { spdxId = "MIT"; fullName = "MIT"; }; };"#;
    let plain = format!(
        "{build} in {{ services.web = {{ enableDefaultPath = false; confinement.enable = true; serviceConfig.ExecStart = \"${{one}}\"; }}; }}"
    );
    fs::write(scratch.path().join("plain.nix"), plain)?;
    let made = confinix(["bundle", "-f", "plain.nix", "-o", "made"]).args(OFFLINE);
    made.within(scratch.path()).succeeds()?;
    let host = r#"{
      pkgs = { inherit one; };
      config = {
        systemd.services = throw "the services are not evaluated";
        security.confinix.bundle = build "bundle" "cp -r ${./made} $out";
      };
    }"#;
    let hosts = format!("{build} in {{ a = {host}; b = {host}; }}");
    fs::write(scratch.path().join("hosts.nix"), hosts)?;
    let ran = sbom(scratch.path(), &["--json"]).succeeds()?;
    let told: Value = serde_json::from_str(&ran.stdout)?;
    assert_eq!(told["withLicense"], 1, "{}", ran.stdout);
    assert_eq!(told["components"], 1, "{}", ran.stdout);
    Ok(())
}
