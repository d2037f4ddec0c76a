//! A nix that is missing, too old, killed or verbose.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use anyhow::Result;

use crate::support::{bundle, confinix, fake_nix, names, scratch};

/// Confinix, with a nix that runs this script, must fail with these words and write nothing.
fn fails_with(script: &str, parts: &[&str]) -> Result<String> {
    let scratch = scratch()?;
    let path = fake_nix(scratch.path(), script)?;
    let ran = bundle(["--expr", "{ }", "-o", "out"])
        .env("PATH", path)
        .within(scratch.path())
        .fails(3, parts)?;
    assert_eq!(names(scratch.path())?, ["fake-bin"]);
    Ok(ran.stderr)
}

#[test]
fn no_nix_on_path() -> Result<()> {
    let scratch = scratch()?;
    bundle(["-f", "x.nix"])
        .env("PATH", scratch.path())
        .within(scratch.path())
        .fails(
            3,
            &[
                "nix is not on PATH",
                "https://nixos.org/download",
                "--services and --graph",
            ],
        )?;
    assert!(names(scratch.path())?.is_empty());
    Ok(())
}

#[test]
fn a_nix_that_is_no_program() -> Result<()> {
    let scratch = scratch()?;
    fs::write(scratch.path().join("nix"), "text")?;
    fs::set_permissions(
        scratch.path().join("nix"),
        fs::Permissions::from_mode(0o644),
    )?;
    bundle(["-f", "x.nix"])
        .env("PATH", scratch.path())
        .within(scratch.path())
        .fails(3, &["cannot start nix", "Permission denied"])?;
    Ok(())
}

#[test]
fn a_nix_that_is_too_old() -> Result<()> {
    let said = fails_with(
        "echo \"error: unrecognised flag '--extra-experimental-features'\" >&2; echo \"Try 'nix --help' for more information.\" >&2; exit 1",
        &[
            "cannot evaluate the services of the expression: nix failed (exit status: 1)",
            "This nix is too old: confinix needs 2.8 or newer.",
        ],
    )?;
    assert!(said.ends_with("newer.\n"), "{said}");
    Ok(())
}

#[test]
fn a_nix_that_is_killed() -> Result<()> {
    fails_with(
        "kill -9 $$",
        &[
            "cannot evaluate the services of the expression: nix failed (signal: 9 (SIGKILL))",
            "It was killed",
            "run it again",
        ],
    )?;
    fails_with(
        "echo '{\"version\":1,'; kill -9 $$",
        &["nix failed (signal: 9 (SIGKILL))"],
    )?;
    Ok(())
}

#[test]
fn a_nix_that_fails_without_a_word() -> Result<()> {
    let said = fails_with("exit 7", &["nix failed (exit status: 7)"])?;
    assert_eq!(said.lines().count(), 1, "{said}");
    Ok(())
}

#[test]
fn a_nix_that_prints_something_else() -> Result<()> {
    for (script, word) in [
        ("", "EOF while parsing"),
        ("echo hello", "line 1 column"),
        ("echo '{\"version\":1,'", "EOF while parsing"),
        ("printf '\\377\\376'", "line 1"),
        ("yes x | head -c 10000000", "line 1"),
        ("echo '{}'", "missing field"),
    ] {
        fails_with(
            script,
            &[
                "cannot evaluate the services of the expression: cannot read what nix printed: ",
                word,
            ],
        )?;
    }
    Ok(())
}

/// Applies the printed remedies for a freshly installed Nix, one after the other, until the bundle is made.
#[test]
fn a_nix_that_was_only_just_installed_is_told_how_to_build() -> Result<()> {
    let scratch = scratch()?;
    fs::write(
        scratch.path().join("nix.conf"),
        "build-users-group = confinix-no-such-group\nsandbox = true\nsubstituters =\n",
    )?;
    // It was never built before, because its name contains that of the new directory.
    let name = scratch.path().file_name().unwrap_or_default();
    let expression = format!(
        r#"{{ services.web = {{
          confinement.enable = true;
          serviceConfig.ExecStart = "${{derivation {{
            name = "web{}"; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" "echo > $out" ];
          }}}}";
        }}; }}"#,
        name.to_string_lossy()
    );
    let bundle = |options: &[&str]| {
        bundle(["--impure", "--expr", &expression, "-o", "out"])
            .args(options)
            .env("NIX_CONF_DIR", scratch.path())
            .within(scratch.path())
    };
    let without_users = ["--option", "build-users-group", ""];
    bundle(&[]).fails(
        3,
        &[
            "cannot build or substitute",
            "Nix has no build users on this machine",
            "--option build-users-group ''",
        ],
    )?;
    // A mistake elsewhere has another cause, though nix warns of the missing group there too.
    let ran = confinix(["bundle", "--expr", "{ services.web = nothing; }"])
        .env("NIX_CONF_DIR", scratch.path())
        .within(scratch.path())
        .run()?
        .with_code(3)?
        .saying(&["undefined variable"])?;
    assert!(!ran.stderr.contains("build users"), "{}", ran.stderr);
    // Every call of nix prints this warning; confinix repeats it once, before the error of the failed call.
    let ran = bundle(&[]).run()?;
    let before = ran.stderr.split("confinix: ").next().unwrap_or_default();
    assert_eq!(
        before.matches("does not exist").count(),
        1,
        "{}",
        ran.stderr
    );
    let in_the_sandbox = bundle(&without_users).run()?;
    // Without user namespaces, Nix builds without its sandbox.
    if in_the_sandbox.code != Some(0) {
        in_the_sandbox.with_code(3)?.saying(&[
            "Nix's sandbox lacks the program that the build starts with",
            "--option sandbox false",
        ])?;
        bundle(&["--option", "sandbox", "false"])
            .args(without_users)
            .succeeds()?;
    }
    assert!(scratch.path().join("out/bundle.json").is_file());
    Ok(())
}

#[test]
fn a_user_without_a_channel_is_told_how_to_get_one() -> Result<()> {
    confinix(["check", "--impure", "--expr", "import <nixpkgs> { }"])
        .env("NIX_PATH", "")
        .fails(
            3,
            &[
                "This user has no channel nixpkgs: add one (nix-channel --add ",
                "or write import (fetchTarball ",
            ],
        )?;
    Ok(())
}
