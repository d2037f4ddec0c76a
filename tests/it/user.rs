//! Services of user managers.

use std::fs;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::support::{CHECKOUT, bundle, bundle_json, confinix, keys, nix, program, scratch};

/// A NixOS configuration, a home-manager configuration and a plain set with the same service of users.
const NIXOS: &str = r#"{
  systemd.services.of-system = { confinement.enable = true; serviceConfig.ExecStart = "/x"; };
  systemd.user.services.sync = {
    confinement = { enable = true; binSh = null; };
    serviceConfig.ExecStart = "${builtins.toFile "sync" ""} run";
  };
}"#;
const HOME: &str = r#"{
  config.systemd.user.services.sync = {
    Unit.Description = "sync";
    Install.WantedBy = [ "default.target" ];
    Service.ExecStart = "${builtins.toFile "sync" ""} run";
    X-Confinement = { enable = true; binSh = null; };
  };
}"#;
const PLAIN: &str = r#"{
  services.of-system = { confinement.enable = true; serviceConfig.ExecStart = "/x"; };
  userServices.sync = {
    confinement = { enable = true; binSh = null; };
    serviceConfig.ExecStart = "${builtins.toFile "sync" ""} run";
  };
}"#;

#[test]
fn user_services_have_one_value_in_every_shape() -> Result<()> {
    let value = |arguments: &[&str], expr: &str| -> Result<Value> {
        let ran = confinix(["services", "--expr", expr]).args(arguments);
        Ok(serde_json::from_str(&ran.succeeds()?.stdout)?)
    };
    let nixos = value(&["--user"], NIXOS)?;
    assert_eq!(nixos["user"], true);
    assert_eq!(keys(&nixos["services"])?, ["sync.service"]);
    let mut home = nixos.clone();
    home["source"] = json!("home-manager");
    assert_eq!(value(&["--user"], HOME)?, home);
    // There is nothing else that could be meant.
    assert_eq!(value(&[], HOME)?, home);
    assert_eq!(value(&["--user"], PLAIN)?, nixos);
    let read = confinix(["services", "--expr", PLAIN]).succeeds()?;
    assert!(
        read.stderr.contains(
            "has userServices beside services, and these are not read: --user reads them"
        ),
        "{}",
        read.stderr
    );
    let system = value(&[], NIXOS)?;
    assert_eq!(keys(&system["services"])?, ["of-system.service"]);
    assert!(system.get("user").is_none());
    assert_eq!(
        keys(&value(&[], PLAIN)?["services"])?,
        ["of-system.service"]
    );
    confinix(["services", "--user", "--expr", "{ services = { }; }"])
        .fails(3, &["put them into `userServices`"])?;
    Ok(())
}

#[test]
fn system_manager_has_the_shape_of_nixos() -> Result<()> {
    // It has no systemd package and no packages with units.
    let expr = r#"{ config.systemd = {
      services.web = { confinement.enable = true; serviceConfig.ExecStart = "${builtins.toFile "x" ""}"; };
      units."web.service".text = "";
    }; }"#;
    let dir = scratch()?;
    let out = dir.path().join("out");
    bundle(["--expr", expr, "-o"]).arg(&out).succeeds()?;
    assert_eq!(keys(&bundle_json(&out)?["services"])?, ["web.service"]);
    // Its option `boot` is one value, of which nothing may be read.
    let expr = format!(
        r#"import {CHECKOUT}/nix/module/system.nix {{
          config.boot = throw "boot is used but not defined";
          options.boot._type = "option";
          lib = {{ inherit (builtins) filter; max = a: b: if a > b then a else b; hasPrefix = _: _: false; }};
        }}"#
    );
    let ran = nix(["eval", "--impure", "--json", "--expr", &expr]).succeeds()?;
    let known: Value = serde_json::from_str(&ran.stdout)?;
    let values = known.as_object().context("no set")?;
    assert!(values.values().all(Value::is_null), "{known}");
    Ok(())
}

#[test]
fn units_of_systemd_are_those_of_the_manager() -> Result<()> {
    let package = "${builtins.toFile \"systemd\" \"\"}";
    for (manager, directory, is_user) in [("", "system", false), (".user", "user", true)] {
        let expr = format!(
            r#"import {CHECKOUT}/nix/services.nix {{ user = {is_user}; }} {{
              systemd.services.other = {{ }};
              systemd.package = "{package}";
              systemd{manager}.services.own = {{ overrideStrategy = "asDropin"; confinement.enable = true; }};
            }}"#
        );
        let ran = nix(["eval", "--impure", "--json", "--expr", &expr]).succeeds()?;
        let services: Value = serde_json::from_str(&ran.stdout)?;
        let upstream = &services["services"]["own.service"]["placement"]["upstream"];
        let text = upstream["text"].as_str().context("no units of systemd")?;
        assert!(
            text.ends_with(&format!("-systemd/example/systemd/{directory}")),
            "{text}"
        );
        assert_eq!(keys(&upstream["context"])?.len(), 1, "{upstream}");
    }
    Ok(())
}

#[test]
fn the_bundle_is_for_user_managers() -> Result<()> {
    let dir = scratch()?;
    let out = dir.path().join("out");
    bundle(["--user", "--expr", PLAIN, "-o"])
        .arg(&out)
        .succeeds()?;
    let json = bundle_json(&out)?;
    assert_eq!(json["user"], true);
    let path = "lib/systemd/user/sync.service.d/zz-confinement.conf";
    assert_eq!(json["services"]["sync.service"]["dropIn"]["path"], path);
    let drop_in = fs::read_to_string(out.join(path))?;
    for line in [
        "RuntimeDirectory=confinement/sync",
        "RootDirectory=%t/confinement/sync",
        "InaccessiblePaths=-+%t/confinement/sync",
        "PrivateUsers=yes",
    ] {
        assert!(drop_in.lines().any(|found| found == line), "{drop_in}");
    }
    confinix(["verify"]).arg(&out).succeeds()?;
    // It is a package for systemd.packages too.
    let expression = format!(
        "import {CHECKOUT}/nix/from-bundle.nix {{ pkgs = import {CHECKOUT}/tests/nix/pkgs.nix {{ }}; bundle = {}; }}",
        out.display()
    );
    let built = program(
        "nix-build",
        ["--no-out-link", "--option", "substitute", "false", "-E"],
    )
    .args([&expression])
    .succeeds()?;
    let built = std::path::Path::new(built.stdout.trim()).join(path);
    assert_eq!(fs::read_to_string(built)?, drop_in);
    Ok(())
}

#[test]
fn what_only_the_system_manager_can_do_is_refused() -> Result<()> {
    for (option, arguments, what) in [
        ("", &["--strategy", "image"][..], "can't mount views"),
        ("strategy = \"image\";", &[], "can't mount views"),
        ("observe = true;", &[], "can't mount views"),
        (
            "mode = \"chroot-only\";",
            &[],
            "set confinement.mode to full-apivfs",
        ),
    ] {
        let dir = scratch()?;
        let expr = PLAIN.replace("binSh = null;", &format!("binSh = null; {option}"));
        bundle(["--user", "--expr", &expr, "-o", "out"])
            .args(arguments)
            .within(dir.path())
            .fails(3, &["cannot confine sync.service", what])?;
        assert!(!dir.path().join("out").exists());
    }
    Ok(())
}

#[test]
fn an_audit_knows_what_a_user_manager_does() -> Result<()> {
    let dir = scratch()?;
    let out = dir.path().join("out");
    let expr = PLAIN.replace(
        "serviceConfig.ExecStart = \"${",
        "serviceConfig.PrivateUsers = false; serviceConfig.ExecStart = \"${",
    );
    bundle(["--user", "--expr", &expr, "-o"])
        .arg(&out)
        .succeeds()?;
    let ran = confinix(["audit", "--no-policy", "--format", "json"])
        .arg(&out)
        .run()?;
    let json: Value = serde_json::from_str(&ran.stdout)?;
    let findings = json["findings"].as_array().context("no findings")?;
    let codes: Vec<_> = findings.iter().map(|found| &found["code"]).collect();
    assert!(codes.contains(&&json!("systemd-too-old")), "{json}");
    // The manager has no privileges that confinement could take away, and makes the namespace in any case.
    for code in [
        "setting-defeats-confinement",
        "host-store-readable",
        "host-store-writable",
    ] {
        assert!(!codes.contains(&&json!(code)), "{json}");
    }
    let old = findings
        .iter()
        .find(|found| found["code"] == "systemd-too-old");
    let remedies = old.context("no finding")?["remedies"].to_string();
    assert!(
        remedies.contains(
            "systemd.user.services.\\\"sync\\\".serviceConfig.PrivateUsers = lib.mkForce true;"
        ),
        "{remedies}"
    );
    Ok(())
}

#[test]
fn what_fixes_a_service_of_home_manager_has_its_sections() -> Result<()> {
    let dir = scratch()?;
    let out = dir.path().join("out");
    let findings = |expr: &str| -> Result<Vec<Value>> {
        bundle(["--expr", expr, "-o"]).arg(&out).succeeds()?;
        let ran = confinix(["audit", "--no-policy", "--format", "json"]).arg(&out);
        let json: Value = serde_json::from_str(&ran.run()?.stdout)?;
        let found = json["findings"].as_array().context("no findings")?.iter();
        Ok(found
            .filter(|found| found["code"] == "systemd-too-old")
            .cloned()
            .collect())
    };
    let expr = HOME.replace(
        "Service.ExecStart",
        "Service.PrivateUsers = false; Service.ExecStart",
    );
    let found = findings(&expr)?;
    let told = found.first().context("no finding")?["remedies"].to_string();
    let fix = r#"systemd.user.services.\"sync\".Service.PrivateUsers = lib.mkForce true;"#;
    assert!(
        told.contains(fix) && told.contains("home-manager"),
        "{told}"
    );
    let fixed = expr.replace("PrivateUsers = false", "PrivateUsers = true");
    assert!(findings(&fixed)?.is_empty());
    Ok(())
}

#[test]
fn options_of_home_manager_are_checked() -> Result<()> {
    for (option, problem) in [
        (
            "packges = [ ];",
            "systemd.user.services.sync: confinement.packges is unknown; expected one of",
        ),
        (r#"packages = [ "x" ];"#, "names no path in /nix/store"),
    ] {
        let expr = HOME.replace("binSh = null;", option);
        confinix(["services", "--expr", &expr]).fails(3, &[problem])?;
    }
    Ok(())
}
