//! `--help`, and the messages for wrong usage.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use confinix::service::Choice;

use crate::support::{CHECKOUT, confinix, fixture, program, scratch, without_strategies};

#[test]
fn every_subcommand_explains_itself() -> Result<()> {
    for name in [
        "",
        "bundle",
        "show",
        "verify",
        "services",
        "presets",
        "demo",
        "enter",
        "rehearse",
        "observe",
        "status",
        "migrate",
        "install",
        "browse",
        "completions",
    ] {
        let arguments: Vec<_> = [name, "--help"]
            .into_iter()
            .filter(|word| !word.is_empty())
            .collect();
        let ran = confinix(arguments).env("COLUMNS", "100").succeeds()?;
        assert_eq!(ran.stderr, "");
        let title = if name.is_empty() { "confinix" } else { name };
        let help = match name {
            "bundle" => ran.stdout,
            _ => without_strategies(&ran.stdout),
        };
        insta::assert_snapshot!(format!("help of {title}"), help);
    }
    Ok(())
}

#[test]
fn the_version_is_told() -> Result<()> {
    let ran = confinix(["--version"]).succeeds()?;
    let version = concat!("confinix ", env!("CARGO_PKG_VERSION"));
    assert_eq!(
        ran.stdout.split(" (").next().map(str::trim_end),
        Some(version)
    );
    Ok(())
}

#[test]
fn the_version_has_the_commit() -> Result<()> {
    let scratch = scratch()?;
    let script = scratch.path().join("build");
    program("rustc", ["--edition", "2024", "-o"])
        .arg(&script)
        .arg(fixture("build.rs"))
        .succeeds()?;
    let within = |place: &Path, profile: &str, commit: Option<&str>| {
        let mut run = program(&script, [""; 0])
            .within(place)
            .env("CARGO_PKG_VERSION", "1.2")
            .env("PROFILE", profile)
            .without("CONFINIX_COMMIT");
        if let Some(commit) = commit {
            run = run.env("CONFINIX_COMMIT", commit);
        }
        let said = run.succeeds()?.stdout;
        let version = said.split("CONFINIX_VERSION=").nth(1);
        version.map(|text| text.trim().to_owned()).context(said)
    };
    let version = |profile, commit| within(Path::new(CHECKOUT), profile, commit);
    assert_eq!(version("debug", None)?, "1.2");
    assert_eq!(version("release", Some(""))?, "1.2");
    assert_eq!(version("debug", Some("abc"))?, "1.2 (abc)");
    let head = program("git", ["rev-parse", "--short", "HEAD"]).within(CHECKOUT);
    if let Ok(head) = head.succeeds() {
        assert_eq!(
            version("release", None)?,
            format!("1.2 ({})", head.stdout.trim())
        );
    }
    // As in a crate that `cargo package` made.
    for (about, expected) in [
        (
            r#"{ "git": { "sha1": "0123456789abcdef" }, "path_in_vcs": "" }"#,
            "1.2 (012345678)",
        ),
        (
            r#"{ "git": { "sha1": "0123456789abcdef", "dirty": true } }"#,
            "1.2",
        ),
    ] {
        fs::write(scratch.path().join(".cargo_vcs_info.json"), about)?;
        assert_eq!(within(scratch.path(), "debug", None)?, expected);
    }
    Ok(())
}

#[test]
fn wrong_usage_is_exit_code_2() -> Result<()> {
    for arguments in [
        &[][..],
        &["nonsense"],
        &["bundle", "--nonsense"],
        &["bundle", "--services"],
        &["bundle", "-f", "a", "--expr", "b"],
        &["bundle", "--services", "a", "-f", "b"],
        &["bundle", "--graph", "a", "--store", "b"],
        &["bundle", "--all", "-s", "a"],
        &["bundle", "-q", "-v"],
        &["bundle", "--option", "one"],
        &["bundle", "a", "b"],
        &["show", "a", "b", "c"],
        &["verify"],
        &["verify", "--offline", "--store", "a", "b"],
        &["demo", "x"],
        &["status", "a", "b"],
    ] {
        let ran = confinix(arguments).run()?;
        assert_eq!(ran.code, Some(2), "{arguments:?}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{arguments:?}");
        assert!(
            ran.stderr.contains("--help") || ran.stderr.contains("Usage"),
            "{arguments:?}: {}",
            ran.stderr
        );
    }
    Ok(())
}

#[test]
fn an_empty_output_directory_is_wrong_usage() -> Result<()> {
    confinix(["bundle", "--expr", "{ }", "-o", ""]).fails(2, &["-o"])?;
    Ok(())
}

#[test]
fn what_services_does_not_use_it_does_not_take() -> Result<()> {
    confinix(["services", "--services", "s.json", "--graph", "g.json"]).fails(2, &["--graph"])?;
    Ok(())
}

#[test]
fn values_are_known_where_there_are_some() -> Result<()> {
    let strategies: Vec<_> = Choice::all().map(Choice::name).collect();
    for (arguments, said) in [
        (
            &["bundle", "--strategy", "fast"][..],
            format!("[possible values: {}]", strategies.join(", ")),
        ),
        (
            &["bundle", "--include", "paths"],
            "[possible values: path, path-without-systemd, environment]".to_owned(),
        ),
        (
            &["audit", "--format", "pdf"],
            "[possible values: human, json, sarif, github, gitlab, markdown, junit]".to_owned(),
        ),
    ] {
        confinix(arguments).fails(2, &["invalid value", &said])?;
    }
    Ok(())
}
