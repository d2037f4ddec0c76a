//! Options that describe the target machine, and the resulting strategy.

use std::fs;

use anyhow::{Context, Result};

use crate::support::{CHECKOUT, bundle, bundle_json, confinix, scratch};

const MANY: &str = r#"{ services.web = {
  confinement.enable = true;
  confinement.packages = builtins.genList (n: builtins.toFile "file-${toString n}" "") 300;
  serviceConfig.ExecStart = builtins.toFile "web" "";
}; }"#;

/// Returns the strategy of a service with 301 paths and its reason, for a target with Linux 6.12 unless the options set another.
fn chosen(options: &[&str]) -> Result<(String, String)> {
    let scratch = scratch()?;
    let out = scratch.path().join("bundle");
    let kernel = ["--target-kernel", "6.12"];
    let kernel = kernel
        .iter()
        .filter(|_| !options.contains(&"--target-kernel"));
    confinix(["bundle", "--expr", MANY, "--option", "substitute", "false"])
        .args(["--strategy", "auto"])
        .args(kernel)
        .args(options)
        .arg("-o")
        .arg(&out)
        .succeeds()?;
    let json = bundle_json(&out)?;
    let service = &json["services"]["web.service"];
    let text = |key: &str| Some(service[key].as_str()?.to_owned());
    text("strategy")
        .zip(text("strategyReason"))
        .context("no strategy")
}

#[test]
fn a_view_is_not_taken_where_it_would_not_work() -> Result<()> {
    let no = "--store-stacked=no --restrict-file-system-access=no";
    for (options, strategy, reason) in [
        (
            "--store-read-only=no",
            "image",
            "start more quickly with views",
        ),
        (
            "--store-read-only=no --store-stacked=yes",
            "bind",
            "an overlay over another",
        ),
        (
            "--store-read-only=yes --store-stacked=yes",
            "inherit",
            "an overlay over another",
        ),
        (
            "--store-read-only=no --restrict-file-system-access=yes",
            "bind",
            "RestrictFileSystemAccess=",
        ),
        (
            "--store-read-only=no --restrict-file-system-access=yes --target-kernel 7.2",
            "image",
            "start more quickly with views",
        ),
    ] {
        let mut words: Vec<&str> = options.split(' ').collect();
        let given: Vec<_> = words.clone();
        words.extend(no.split(' ').filter(|word| {
            let name = word.split('=').next().unwrap_or_default();
            !given.iter().any(|given| given.starts_with(name))
        }));
        let (found, why) = chosen(&words)?;
        assert_eq!(found, strategy, "{options}: {why}");
        assert!(why.contains(reason), "{options}: {why}");
    }
    Ok(())
}

#[test]
fn a_view_that_is_asked_for_all_the_same_is_a_finding() -> Result<()> {
    let scratch = scratch()?;
    let out = scratch.path().join("bundle");
    let make = |access: &str| {
        confinix(["bundle", "-f", "fixtures/demo/demo.nix"])
            .args(["--option", "substitute", "false", "--strategy", "image"])
            .args(["--target-kernel", "6.18", "--store-stacked", "no"])
            .args(["--restrict-file-system-access", access, "-o"])
            .arg(&out)
            .within(CHECKOUT)
            .succeeds()
    };
    make("yes")?;
    let shown = confinix(["show"]).arg(&out).arg("web").succeeds()?.stdout;
    assert!(
        shown.contains("asked for, but with systemd's RestrictFileSystemAccess="),
        "{shown}"
    );
    let check = || {
        let ran = confinix(["check", "--no-policy"]).arg(&out).run()?;
        anyhow::Ok(ran.stdout)
    };
    let found = check()?;
    assert!(
        found.contains("deny view-refused: the service sets strategy image"),
        "{found}"
    );
    assert!(
        found.contains("confinement.strategy = \"auto\";"),
        "{found}"
    );
    make("no")?;
    let found = check()?;
    assert!(!found.contains("view-refused"), "{found}");
    Ok(())
}

#[test]
fn bundle_tells_how_to_name_what_it_was_given() -> Result<()> {
    let scratch = scratch()?;
    fs::write(scratch.path().join("services.nix"), "{ }")?;
    fs::create_dir(scratch.path().join("made"))?;
    fs::write(scratch.path().join("made/bundle.json"), "{ }")?;
    for (code, name, said) in [
        (
            2,
            "services.nix",
            "services.nix is a file: evaluate it with --file services.nix",
        ),
        (2, "made", "made is already a bundle"),
        (
            3,
            "./nowhere",
            "no directory ./nowhere, so confinix treated it as the name of a flake",
        ),
    ] {
        bundle([name]).within(scratch.path()).fails(code, &[said])?;
    }
    // Not below the checkout, which has one.
    let elsewhere = tempfile::tempdir()?;
    bundle([""; 0]).within(elsewhere.path()).fails(
        3,
        &["no flake.nix in this directory or above: name a flake, or use --file services.nix"],
    )?;
    let no_target =
        "confinix: no target was given, and there is no flake.nix in this directory or above: ";
    for command in ["check", "show", "audit", "report"] {
        let named = format!("{no_target}name a bundle or a flake, or use --file services.nix\n");
        confinix([command])
            .within(elsewhere.path())
            .fails(3, &[&named])?;
    }
    let bundle = elsewhere.path().join("confinix-bundle");
    fs::create_dir(&bundle)?;
    fs::write(bundle.join("bundle.json"), "")?;
    let here = format!("{no_target}name the bundle that is here, confinix-bundle\n");
    confinix(["check"])
        .within(elsewhere.path())
        .fails(3, &[&here])?;
    Ok(())
}
