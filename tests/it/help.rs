//! `--help`, and the messages for wrong usage.

use anyhow::Result;
use confinix::service::Choice;

use crate::support::{confinix, without_strategies};

#[test]
fn every_subcommand_explains_itself() -> Result<()> {
    for name in [
        "", "bundle", "show", "verify", "services", "presets", "demo", "enter", "rehearse",
        "observe", "status", "migrate", "install",
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
    assert_eq!(
        ran.stdout,
        concat!("confinix ", env!("CARGO_PKG_VERSION"), "\n")
    );
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
    let offered = confinix(["completions", "bash"]).succeeds()?.stdout;
    for values in [
        &strategies.join(" "),
        "path path-without-systemd environment",
        "dbus dns ",
        "shell-present",
    ] {
        assert!(offered.contains(values), "{values}");
    }
    Ok(())
}
