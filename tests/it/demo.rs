//! `confinix demo`.

use std::fs;

use anyhow::Result;
use serde_json::Value;

use crate::support::{confinix, fixture};

#[test]
fn the_demo_shows_the_main_job_with_nix_and_from_the_recording_alike() -> Result<()> {
    let live = confinix(["demo"]).succeeds()?;
    assert_eq!(live.stderr, "");
    insta::assert_snapshot!("demo", live.stdout);
    let recorded = confinix(["demo"]).env("PATH", "/nonexistent").succeeds()?;
    assert_eq!(
        recorded.stdout,
        live.stdout.replace(
            "evaluated with Nix on this machine",
            "read from a recording, because nix is not on PATH"
        )
    );
    Ok(())
}

#[test]
fn the_recording_has_the_services_that_nix_evaluates() -> Result<()> {
    let demo = fixture("fixtures/demo");
    let ran = confinix(["services", "-f"])
        .arg(demo.join("demo.nix"))
        .succeeds()?;
    let evaluated: Value = serde_json::from_str(&ran.stdout)?;
    let recorded: Value = serde_json::from_slice(&fs::read(demo.join("services.json"))?)?;
    assert_eq!(recorded, evaluated);
    Ok(())
}

#[test]
fn the_demo_leaves_nothing_behind() -> Result<()> {
    let scratch = crate::support::scratch()?;
    confinix(["demo"])
        .env("TMPDIR", scratch.path())
        .within(scratch.path())
        .succeeds()?;
    assert!(crate::support::names(scratch.path())?.is_empty());
    Ok(())
}

#[test]
fn the_demo_says_where_it_could_not_work() -> Result<()> {
    let scratch = crate::support::scratch()?;
    let absent = scratch.path().join("absent");
    confinix(["demo"])
        .env("TMPDIR", &absent)
        .fails(3, &["cannot create a temporary directory", "absent"])?;
    Ok(())
}

#[test]
fn the_demo_uses_the_recording_where_nix_does_not_work() -> Result<()> {
    let scratch = crate::support::scratch()?;
    let path = crate::support::fake_nix(
        scratch.path(),
        "echo \"error: cannot connect to socket at '/nix/var/nix/daemon-socket/socket': Connection refused\" >&2; exit 1",
    )?;
    let live = confinix(["demo"]).succeeds()?;
    let recorded = confinix(["demo"]).env("PATH", path).succeeds()?;
    assert_eq!(
        recorded.stdout,
        live.stdout.replace(
            "evaluated with Nix on this machine",
            "read from a recording, because nix does not work here"
        )
    );
    recorded.saying(&[
        "Connection refused",
        "The Nix daemon can't be reached: start it",
    ])?;
    Ok(())
}
