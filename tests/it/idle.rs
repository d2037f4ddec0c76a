//! confinix refuses options without effect, for every subcommand and every source of services.

mod sources;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use self::sources::{OPTIONS, SOURCES, is_effective, sources};
use crate::made::{self, Recording};
use crate::support::{confinix, fake_nix, scratch};

/// Subcommands, with the arguments before and after the target.
const SUBCOMMANDS: [(&str, &[&str], &[&str]); 8] = [
    ("bundle", &[], &["-o", "new"]),
    ("services", &[], &[]),
    ("audit", &[], &["--no-foresight", "--no-policy"]),
    ("check", &[], &["--no-policy"]),
    (
        "report",
        &[],
        &["--no-foresight", "--no-policy", "-o", "/dev/null"],
    ),
    ("why", &[], &["a", "p0"]),
    ("diff", &["out"], &[]),
    ("enter", &[], &["a", "--ls"]),
];

#[test]
fn the_table_has_every_option_that_help_lists() -> Result<()> {
    let help = confinix(["audit", "--help"]).succeeds()?.stdout;
    let (_, of_source) = help
        .split_once("Source of the services:")
        .context("no heading")?;
    let listed: BTreeSet<_> = of_source
        .lines()
        .filter_map(|line| {
            let line = line.trim_start();
            let long = line.find("--").filter(|_| line.starts_with('-'))?;
            line[long..].split([' ', ',']).next()
        })
        .collect();
    let tested = OPTIONS.iter().chain(&SOURCES).map(|option| option[0]);
    assert_eq!(listed, tested.collect());
    Ok(())
}

fn place() -> Result<(tempfile::TempDir, String)> {
    let place = scratch()?;
    let services = made::one("a.service", &made::service(&made::path(0)));
    let graph = made::graph(&[&[]]);
    Recording::of(place.path(), &services, &graph)?
        .bundle()
        .succeeds()?;
    fs::create_dir(place.path().join("units"))?;
    let unit = format!("[Service]\nExecStart={}\n", made::path(0));
    fs::write(place.path().join("units/a.service"), unit)?;
    fs::write(place.path().join("p.toml"), "")?;
    let closure: Vec<_> = graph
        .as_object()
        .context("no object")?
        .iter()
        .map(|(path, info)| {
            let mut info = info.clone();
            info["path"] = json!(path);
            info
        })
        .collect();
    let attrs = json!({ "services": services, "closure": closure });
    fs::write(place.path().join("attrs.json"), attrs.to_string())?;
    let path = fake_nix(place.path(), "echo no >&2; exit 1")?;
    Ok((place, path))
}

fn is_refused(place: &Path, path: &str, arguments: &[&str]) -> Result<bool> {
    let ran = confinix(arguments).env("PATH", path).within(place).run()?;
    let code = ran
        .code
        .with_context(|| format!("{arguments:?}: {ran:?}"))?;
    if code == 2 {
        let is_said = ran.stderr.contains("no effect")
            || ran.stderr.contains("cannot be used with")
            || ran.stderr.contains("leave ");
        ensure!(is_said, "{arguments:?}: {}", ran.stderr);
        ensure!(
            ran.stdout.is_empty(),
            "{arguments:?} printed {}",
            ran.stdout
        );
    }
    Ok(code == 2)
}

#[test]
fn options_without_effect_are_refused_for_every_source() -> Result<()> {
    let (place, path) = place()?;
    let mut wrong = Vec::new();
    for (subcommand, before, behind) in SUBCOMMANDS {
        for source in sources() {
            let has_graph = source.arguments.contains(&"--graph") || source.name == "attributes";
            if subcommand == "services" && has_graph {
                continue;
            }
            for option in OPTIONS {
                if source.arguments.contains(&option[0]) {
                    continue;
                }
                // The flake must be named if arguments follow.
                let flake: &[&str] = match (source.name, subcommand) {
                    ("flake", "why" | "diff" | "enter") => &["./flake"],
                    _ => &[],
                };
                let selected: &[&str] = match (source.name.starts_with("units"), subcommand) {
                    (true, command) if command != "why" && option[0] != "--all" => &["-s", "a"],
                    _ => &[],
                };
                let arguments = [
                    &[subcommand],
                    before,
                    flake,
                    behind,
                    source.arguments,
                    selected,
                    option,
                ];
                let arguments = arguments.concat();
                let expected = !is_effective(subcommand, &source, option[0]);
                if is_refused(place.path(), &path, &arguments)? != expected {
                    wrong.push(format!(
                        "{} (to be refused: {expected})",
                        arguments.join(" ")
                    ));
                }
            }
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn options_without_effect_are_refused_for_bundles() -> Result<()> {
    let (place, path) = place()?;
    let mut wrong = Vec::new();
    for (subcommand, before, behind) in SUBCOMMANDS {
        if subcommand == "bundle" || subcommand == "services" {
            continue;
        }
        for option in OPTIONS.iter().chain(&SOURCES) {
            let arguments = [&[subcommand], before, &["out"], behind, option].concat();
            let has_effect = match (subcommand, option[0]) {
                // Of a bundle, some services can be looked at.
                (command, "--select") => command != "why" && command != "enter",
                (command, option) => command == "why" && option == "--all",
            };
            let refused = is_refused(place.path(), &path, &arguments)?;
            if refused == has_effect {
                wrong.push(arguments.join(" "));
            }
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn a_shell_is_brought_with_the_options_of_nix() -> Result<()> {
    let (place, path) = place()?;
    let shell = [
        "enter",
        "out",
        "a",
        "--shell",
        "/nix/store/00000000000000000000000000000000-p0",
    ];
    for (option, refused) in [
        (&["--store", "/nowhere"][..], false),
        (&["--option", "cores", "1"], false),
        (&["--strategy", "bind"], true),
        (&["--no-build"], true),
    ] {
        let arguments = [&shell[..], option].concat();
        assert_eq!(
            is_refused(place.path(), &path, &arguments)?,
            refused,
            "{arguments:?}"
        );
    }
    Ok(())
}

#[test]
fn other_options_without_effect_are_refused() -> Result<()> {
    let (place, path) = place()?;
    for arguments in [
        &["audit", "out", "--no-foresight", "-D", "command-missing"][..],
        &["check", "out", "-D", "shell-present"],
        &["diff", "out", "out", "--rebuilds", "--format", "json"],
        &["show", "out", "--store", "/nowhere"],
        &["verify", "out", "--offline", "--store", "/nowhere"],
    ] {
        let ran = confinix(arguments).env("PATH", &path).within(place.path());
        ran.run()?
            .with_code(2)
            .with_context(|| format!("{arguments:?}"))?;
    }
    for (arguments, said) in [
        (
            &[
                "bundle",
                "-o",
                "-",
                "--services",
                "services.json",
                "--graph",
                "graph.json",
            ][..],
            "a bundle is a directory",
        ),
        (
            &["report", "out", "-o", "-"],
            "- is not a file name: use /dev/stdout",
        ),
        (&["audit", "out", "-o", "-"], "- is not a file name"),
        (
            &["audit", "out", "--format", "json=-"],
            "- is not a file name",
        ),
        (&["init", "-o", "-"], "- is not a file name"),
    ] {
        confinix(arguments).within(place.path()).fails(2, &[said])?;
    }
    Ok(())
}
