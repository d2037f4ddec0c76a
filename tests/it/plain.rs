//! confinix reads plain sets as NixOS would turn them into units.

use std::fs;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::support::{Run, confinix, keys, scratch};

/// The part of nixpkgs that scripts need: writeShellScriptBin, which returns a derivation that these tests never build.
const PKGS: &str = r#"
  writeShellScriptBin = name: text:
    let
      make = attrs: derivation ({ inherit name text; system = "x"; builder = "/never-built"; } // attrs);
    in
    make { } // { overrideAttrs = f: make (f { }); };
  coreutils = "/coreutils"; findutils = "/findutils"; gnugrep = "/gnugrep"; gnused = "/gnused"; systemd = "/systemd";
"#;

fn services(with: &str, service: &str) -> Run {
    let expr = format!(
        r#"let tool = builtins.toFile "tool" ""; in {{ {with} services.web = {{ confinement.enable = true; {service} }}; }}"#
    );
    confinix(["services", "--impure", "--expr", &expr])
}

fn with_pkgs(service: &str) -> Run {
    services(&format!("pkgs = {{ {PKGS} }};"), service)
}

fn web(run: Run) -> Result<Value> {
    let json: Value = serde_json::from_str(&run.succeeds()?.stdout)?;
    Ok(json["services"]["web.service"].clone())
}

/// Returns the lines of an Exec setting without the hashes of store paths.
fn lines(service: &Value, setting: &str) -> Result<Vec<String>> {
    let lines = service["exec"][setting]
        .as_array()
        .with_context(|| format!("no {setting} in {service}"))?;
    lines
        .iter()
        .map(|line| {
            let line = line["text"].as_str().context("no text")?;
            Ok(match line.strip_prefix("/nix/store/") {
                Some(rest) => rest.split_once('-').context("no name")?.1.to_owned(),
                None => line.to_owned(),
            })
        })
        .collect()
}

#[test]
fn scripts_become_the_commands_that_nixos_makes_of_them() -> Result<()> {
    let service = web(with_pkgs(
        r#"
          preStart = "a"; script = "b"; scriptArgs = "%i c"; postStart = "d"; reload = "e"; preStop = "f"; postStop = "g";
          serviceConfig.ExecStartPre = [ "/bin/first" "/bin/second" ];
        "#,
    ))?;
    for (setting, expected) in [
        (
            "ExecStartPre",
            vec![
                "unit-script-web-pre-start/bin/web-pre-start",
                "/bin/first",
                "/bin/second",
            ],
        ),
        (
            "ExecStart",
            vec!["unit-script-web-start/bin/web-start %i c"],
        ),
        (
            "ExecStartPost",
            vec!["unit-script-web-post-start/bin/web-post-start"],
        ),
        ("ExecReload", vec!["unit-script-web-reload/bin/web-reload"]),
        (
            "ExecStop",
            vec!["unit-script-web-pre-stop/bin/web-pre-stop"],
        ),
        (
            "ExecStopPost",
            vec!["unit-script-web-post-stop/bin/web-post-stop"],
        ),
    ] {
        assert_eq!(lines(&service, setting)?, expected, "{setting}");
    }
    assert_eq!(
        service["settings"]["Environment"][0],
        r#""PATH=/coreutils/bin:/findutils/bin:/gnugrep/bin:/gnused/bin:/systemd/bin:/coreutils/sbin:/findutils/sbin:/gnugrep/sbin:/gnused/sbin:/systemd/sbin""#
    );
    Ok(())
}

#[test]
fn scripts_are_made_as_the_nixpkgs_that_is_given_makes_them() -> Result<()> {
    let nixpkgs = scratch()?;
    let utils = nixpkgs.path().join("nixos/lib/utils.nix");
    fs::create_dir_all(nixpkgs.path().join("nixos/lib"))?;
    // nixpkgs has changed the arguments of this function once.
    for arguments in ["name: text:", "{ name, text, enableStrictShellChecks }:"] {
        let make = format!(
            r#"{{ lib, config, pkgs }}: {{ systemdUtils.lib.makeJobScript = {arguments} "/made/${{name}}/${{text}}"; }}"#
        );
        fs::write(&utils, make)?;
        let pkgs = format!(
            "pkgs = {{ {PKGS} lib = {{ }}; path = {}; }};",
            nixpkgs.path().display()
        );
        let service = web(services(&pkgs, r#"preStart = "x"; script = "y";"#))?;
        assert_eq!(
            lines(&service, "ExecStartPre")?,
            ["/made/web-pre-start/x"],
            "{arguments}"
        );
        assert_eq!(lines(&service, "ExecStart")?, ["/made/web-start/y "]);
    }
    Ok(())
}

#[test]
fn path_becomes_the_path_of_the_unit() -> Result<()> {
    let run = r#"serviceConfig.ExecStart = "/bin/web"; "#;
    for (service, with, expected) in [
        ("", false, None),
        ("path = [ ];", false, None),
        (
            r#"path = [ "/a" { bin = "/b"; outPath = "/not-b"; } ];"#,
            false,
            Some("PATH=/a/bin:/b/bin:/a/sbin:/b/sbin"),
        ),
        (
            r#"path = [ "/a" ]; enableDefaultPath = false;"#,
            true,
            Some("PATH=/a/bin:/a/sbin"),
        ),
        (r#"environment.PATH = "/x";"#, true, Some("PATH=/x")),
        (
            r#"path = [ "/a" ]; environment.PATH = "/x";"#,
            false,
            Some("PATH=/x"),
        ),
    ] {
        let service = format!("{run} {service}");
        let service = web(if with {
            with_pkgs(&service)
        } else {
            services("", &service)
        })?;
        let expected = expected.map(|path| format!("\"{path}\""));
        assert_eq!(
            service["settings"]["Environment"][0].as_str(),
            expected.as_deref()
        );
    }
    Ok(())
}

#[test]
fn what_nixos_would_refuse_is_refused_by_name() -> Result<()> {
    for (service, said) in [
        (
            r#"script = "x"; serviceConfig.ExecStart = "/bin/y";"#,
            "services.web.script and serviceConfig.ExecStart are both set",
        ),
        (
            r#"preStart = "x"; serviceConfig.ExecStartPre = "/bin/y";"#,
            "services.web.serviceConfig.ExecStartPre must be a list if preStart is set",
        ),
        (r"script = 7;", "services.web.script is a number"),
        (
            r#"script = "x"; ExecStartPre = "/bin/y";"#,
            "services.web.ExecStartPre is unknown: put settings of the unit in serviceConfig",
        ),
        (
            r#"script = "x"; prestart = "y";"#,
            "services.web.prestart is unknown: remove it",
        ),
    ] {
        with_pkgs(service).fails(3, &[said])?;
    }
    Ok(())
}

#[test]
fn scripts_of_an_evaluated_configuration_are_commands_already() -> Result<()> {
    let service = web(services(
        "",
        r#"script = "x"; jobScripts = [ "/job" ]; serviceConfig.ExecStart = "/job/bin/web-start ";"#,
    ))?;
    assert_eq!(lines(&service, "ExecStart")?, ["/job/bin/web-start "]);
    Ok(())
}

#[test]
fn without_pkgs_a_script_is_refused_by_name_with_what_to_write() -> Result<()> {
    for (option, setting, name) in [
        ("preStart", "ExecStartPre", "web-pre-start"),
        ("script", "ExecStart", "web-start"),
        ("postStart", "ExecStartPost", "web-post-start"),
        ("reload", "ExecReload", "web-reload"),
        ("preStop", "ExecStop", "web-pre-stop"),
        ("postStop", "ExecStopPost", "web-post-stop"),
    ] {
        let start = if option == "script" {
            ""
        } else {
            r#"serviceConfig.ExecStart = "/bin/x";"#
        };
        services("", &format!("{option} = \"y\"; {start}")).fails(
            3,
            &[
                &format!("services.web.{option} is a script"),
                "add them as `pkgs` beside `services`",
                &format!(
                    r#"serviceConfig.{setting} = "${{pkgs.writeShellScript "{name}" ''…''}}""#
                ),
            ],
        )?;
    }
    services(
        "",
        r#"enableDefaultPath = true; serviceConfig.ExecStart = "/bin/x";"#,
    )
    .fails(3, &["services.web.enableDefaultPath"])?;
    Ok(())
}

#[test]
fn options_that_change_no_root_are_known() -> Result<()> {
    let service = web(services(
        "",
        r#"
          description = "x"; documentation = [ "y" ]; after = [ "a.target" ]; wantedBy = [ "multi-user.target" ]; startAt = "daily";
          restartTriggers = [ 1 ]; startLimitBurst = 5; unitConfig.ConditionPathExists = "/x"; reloadIfChanged = true; enable = true;
          scriptArgs = ""; script = ""; preStart = ""; serviceConfig.ExecStart = "/bin/x";
        "#,
    ))?;
    assert_eq!(keys(&service["exec"])?, ["ExecStart"]);
    Ok(())
}

#[test]
fn everything_that_becomes_part_of_the_unit_is_handed_over() -> Result<()> {
    let service = web(services(
        "",
        r#"
          after = [ "a.target" "b.service" ]; requires = [ "b.service" ]; startLimitBurst = 5; description = "x";
          unitConfig = { ConditionPathExists = "/x"; X-Reload-Triggers = throw "not for systemd"; };
          serviceConfig = { ExecStart = "/bin/x"; Restart = "always"; RestartSec = 3; X-More = throw "neither"; };
        "#,
    ))?;
    assert_eq!(
        service["settings"],
        serde_json::json!({
            "After": ["a.target b.service"],
            "ConditionPathExists": ["/x"],
            "Requires": ["b.service"],
            "Restart": ["always"],
            "RestartSec": ["3"],
            "StartLimitBurst": ["5"],
        })
    );
    Ok(())
}

#[test]
fn a_unit_may_be_called_by_its_whole_name() -> Result<()> {
    let names = |services: &str| {
        let run = confinix(["services", "--all", "--expr", services]).succeeds()?;
        let json: Value = serde_json::from_str(&run.stdout)?;
        keys(&json["services"])
    };
    let run = r#"{ serviceConfig.ExecStart = [ "/bin/x" ]; }"#;
    assert_eq!(
        names(&format!(
            r#"{{ services."web.service" = {run}; services.b = {run} // {{ name = "c.service"; }}; }}"#
        ))?,
        ["c.service", "web.service"]
    );
    // An instance finds its template by either name.
    for (template, instance) in [
        ("t@", "t@x.service"),
        ("t@.service", "t@x"),
        ("t@.service", "t@x.service"),
    ] {
        let services = format!(
            r#"{{ services."{template}" = {run}; services."{instance}".serviceConfig.ExecStartPre = "/bin/y"; }}"#
        );
        let run = confinix(["services", "-s", "t@x", "--expr", &services]).succeeds()?;
        let json: Value = serde_json::from_str(&run.stdout)?;
        let service = &json["services"]["t@x.service"];
        assert_eq!(lines(service, "ExecStart")?, ["/bin/x"], "{template}");
    }
    let twice = format!(r#"{{ services.web = {run}; services."web.service" = {run}; }}"#);
    confinix(["services", "--all", "--expr", &twice]).fails(3, &["are both named web.service"])?;
    Ok(())
}
