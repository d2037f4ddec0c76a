//! Sources to evaluate: files, expressions, flakes, NixOS systems and configurations, functions, plain sets.

use std::fs;

use anyhow::Result;
use serde_json::Value;

use crate::support::{CHECKOUT, Run, bundle, bundle_json, confinix, files, keys, scratch, shop};

const WEB: &str = r#"
let web = builtins.toFile "web" "the web"; in
{ services.web = { confinement.enable = true; serviceConfig.ExecStart = "${web} --serve"; }; }
"#;

fn evaluated(run: Run) -> Result<Value> {
    let scratch = scratch()?;
    let out = scratch.path().join("out");
    run.arg("-o").arg(&out).succeeds()?;
    bundle_json(&out)
}

#[test]
fn an_expression_is_evaluated() -> Result<()> {
    let json = evaluated(bundle(["--expr", WEB]))?;
    assert_eq!(keys(&json["services"])?, ["web.service"]);
    let nested = evaluated(bundle(["--expr", &format!("{{ a.b = {WEB}; }}"), "a.b"]))?;
    assert_eq!(nested, json);
    Ok(())
}

#[test]
fn a_nixos_system_its_configuration_and_the_plain_set_are_the_same() -> Result<()> {
    let plain = evaluated(bundle(["--expr", WEB]))?;
    // confinix must evaluate neither other parts of a system nor services that are not confined.
    let config = format!(
        r#"{{ networking = throw "no"; systemd = {{ units = throw "no"; services = ({WEB}).services
            // {{ other = {{ confinement.enable = false; serviceConfig = throw "no"; }}; }}; }}; }}"#
    );
    let system = format!(r#"{{ options = throw "no"; pkgs = throw "no"; config = {config}; }}"#);
    for expression in [
        config,
        system.clone(),
        format!("{{ host = {system}; }}"),
        format!("{{ x ? 1 }}: {WEB}"),
    ] {
        assert_eq!(
            evaluated(bundle(["--expr", &expression]))?,
            plain,
            "{expression}"
        );
    }
    Ok(())
}

#[test]
fn a_unit_that_nixos_renames_has_its_name() -> Result<()> {
    let json = evaluated(bundle([
        "--expr",
        r#"{ systemd.services.a = { name = "b@c.service"; confinement.enable = true; serviceConfig.ExecStart = "/bin/b"; }; }"#,
    ]))?;
    assert_eq!(keys(&json["services"])?, ["b@c.service"]);
    Ok(())
}

#[test]
fn what_is_none_of_these_is_named() -> Result<()> {
    for (expression, found) in [
        ("{ }", "an empty set"),
        ("3", "a number"),
        ("{ a = 1; b = 2; }", "a set of a, b"),
        ("x: x", "a function"),
        (
            r"{ services.web.confinement = { enable = true; pakcages = [ ]; }; }",
            "pakcages is unknown",
        ),
        (
            r#"{ services.web = { confinement.enable = "yes"; }; }"#,
            "services.web: confinement.enable is a string",
        ),
        (
            r"{ services.web = { confinement.enable = true; serviceConfig.ExecStart = { }; }; }",
            "ExecStart is a set",
        ),
    ] {
        let scratch = scratch()?;
        bundle(["--expr", expression])
            .within(scratch.path())
            .fails(
                3,
                &["cannot evaluate the services of the expression", found],
            )?;
        assert!(crate::support::names(scratch.path())?.is_empty());
    }
    Ok(())
}

#[test]
fn an_error_of_nix_comes_through_whole() -> Result<()> {
    let scratch = scratch()?;
    fs::write(scratch.path().join("broken.nix"), "{\n  services = {;\n}\n")?;
    let ran = bundle(["-f", "broken.nix"]).within(scratch.path()).fails(
        3,
        &[
            "cannot evaluate the services of broken.nix: nix failed",
            "syntax error, unexpected ';'",
            "broken.nix:2:",
        ],
    )?;
    assert!(
        ran.stderr.starts_with("confinix: cannot evaluate"),
        "{}",
        ran.stderr
    );
    fs::write(scratch.path().join("whole.nix"), WEB)?;
    bundle(["-f", "whole.nix", "a.b"])
        .within(scratch.path())
        .fails(
            3,
            &["cannot evaluate the services of a.b in whole.nix: nix failed"],
        )?;
    bundle(["-f", "absent.nix"])
        .within(scratch.path())
        .fails(3, &["absent.nix"])?;
    Ok(())
}

#[test]
fn services_can_be_recorded_and_read_back_from_a_file_and_from_standard_input() -> Result<()> {
    let scratch = scratch()?;
    let services = confinix(["services", "-f", "fixtures/shop"])
        .within(CHECKOUT)
        .succeeds()?
        .stdout;
    fs::write(scratch.path().join("services.json"), &services)?;
    bundle(["--services", "services.json", "-o", "from-file"])
        .within(scratch.path())
        .succeeds()?;
    bundle(["--services", "-", "-o", "from-stdin"])
        .within(scratch.path())
        .input(services.as_str())
        .succeeds()?;
    for name in ["from-file", "from-stdin"] {
        assert_eq!(
            files(&scratch.path().join(name))?,
            files(shop()?)?,
            "{name}"
        );
    }
    let again = confinix(["services", "--services", "-"])
        .input(services.as_str())
        .succeeds()?
        .stdout;
    assert_eq!(again, services);
    Ok(())
}

const FLAKE: &str = r#"{
  inputs.words.url = "path:/nonexistent";
  inputs.words.flake = false;
  outputs = { words, self }: {
    nixosConfigurations.web.config.systemd.services.web = {
      confinement.enable = true;
      serviceConfig.ExecStart = "${builtins.toFile "said" (builtins.readFile "${words}/said")} --serve";
    };
  };
}"#;

/// Creates a flake with its input in another directory.
fn flake() -> Result<tempfile::TempDir> {
    // Outside of any git repository, because nix would take the flake from there.
    let scratch = tempfile::tempdir()?;
    for (directory, file, content) in [
        ("flake", "flake.nix", FLAKE),
        ("words", "said", "the words"),
        ("others", "said", "other words"),
    ] {
        fs::create_dir(scratch.path().join(directory))?;
        fs::write(scratch.path().join(directory).join(file), content)?;
    }
    Ok(scratch)
}

#[test]
fn a_flake_is_evaluated_with_its_inputs_overridden() -> Result<()> {
    let scratch = flake()?;
    let of = |installable: &[&str], words: &str| {
        let words = format!("path:{}", scratch.path().join(words).display());
        evaluated(
            bundle(installable)
                .args(["--override-input", "words", &words])
                .env("XDG_CACHE_HOME", scratch.path().join("cache"))
                .within(scratch.path().join("flake")),
        )
    };
    let here = of(&[], "words")?;
    assert_eq!(keys(&here["services"])?, ["web.service"]);
    assert_eq!(of(&["path:.#nixosConfigurations.web"], "words")?, here);
    assert_eq!(of(&["path:."], "words")?, here);
    assert_eq!(of(&["path:.#web"], "words")?, here);
    let path = format!(
        "{}#nixosConfigurations.web.config",
        scratch.path().join("flake").display()
    );
    assert_eq!(of(&[&path], "words")?, here);
    assert_ne!(of(&[], "others")?, here);
    Ok(())
}

#[test]
fn a_name_that_the_flake_lacks_is_told_as_nix_tells_it() -> Result<()> {
    let scratch = flake()?;
    let words = format!("path:{}", scratch.path().join("words").display());
    bundle(["path:.#other", "--override-input", "words", &words])
        .env("XDG_CACHE_HOME", scratch.path().join("cache"))
        .within(scratch.path().join("flake"))
        .fails(
            3,
            &[
                "cannot evaluate the services of path:.#other: ",
                "'legacyPackages.",
                "nixosConfigurations.other",
            ],
        )?;
    Ok(())
}

#[test]
fn an_option_reaches_nix() -> Result<()> {
    let scratch = scratch()?;
    let expression = r#"{ services.web = { confinement.enable = true; serviceConfig.ExecStart = builtins.seq (builtins.readDir /.) "/bin/true"; }; }"#;
    let run = |value: &str| {
        bundle(["--impure", "--expr", expression, "-o", "out"])
            .args(["--option", "restrict-eval", value])
            .within(scratch.path())
    };
    run("true").fails(3, &["restricted"])?;
    run("false").succeeds()?;
    Ok(())
}

#[test]
fn only_impure_sees_the_environment() -> Result<()> {
    let expression = r#"{ services.web = { confinement.enable = true; serviceConfig.ExecStart = builtins.getEnv "COMMAND"; }; }"#;
    let run = || bundle(["--expr", expression]).env("COMMAND", "/bin/web");
    assert_eq!(
        evaluated(run().arg("--impure"))?["services"]["web.service"]["exec"]["ExecStart"][0],
        "/bin/web"
    );
    let scratch = scratch()?;
    run().within(scratch.path()).fails(3, &["web.service"])?;
    Ok(())
}
