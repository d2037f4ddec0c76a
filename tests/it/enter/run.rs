//! How `confinix enter` runs a command: its exit code, its time, its user, and what it needs.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use anyhow::Result;

use super::{MANY, Root, TOOLS};
use crate::support::{Ran, confinix, install, program, scratch};

#[test]
fn the_exit_code_is_that_of_the_command() -> Result<()> {
    let root = Root::new("")?;
    for (words, code) in [("exit 0", 0), ("exit 7", 7), ("kill -9 $$", 137)] {
        root.enter(["--", "sh", "-c", words])
            .run()?
            .with_code(code)?;
    }
    let ran = root.enter(["--", "nonsense"]).run()?.with_code(1)?;
    assert!(
        ran.stderr.contains("bwrap: execvp nonsense"),
        "{}",
        ran.stderr
    );
    Ok(())
}

#[test]
fn a_large_closure_takes_no_longer() -> Result<()> {
    let root = Root::of(&MANY.replace("TOOLS", TOOLS))?;
    let start = std::time::Instant::now();
    let words = "ls /nix/store | wc -l; cat /nix/store/*-p77; > /nix/store/x; exit 3";
    let ran = root.enter(["--", "sh", "-c", words]).run()?;
    assert_eq!(ran.stdout, "2001\ny77");
    assert!(ran.stderr.contains("Read-only"), "{}", ran.stderr);
    // 0.4 s on an idle machine; 15 s if bubblewrap makes each mount.
    assert!(start.elapsed().as_secs() < 8, "{:?}", start.elapsed());
    Ok(())
}

/// Runs as an unprivileged user, if this process is root.
fn as_nobody(root: &Root, arguments: &[&str]) -> Result<Option<Ran>> {
    let is_root = Command::new("id").arg("-u").output()?.stdout == b"0\n";
    if !is_root {
        return Ok(None);
    }
    // The build directory may be accessible only to root.
    let place = tempfile::tempdir_in("/tmp")?;
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o755))?;
    let binary = place.path().join("confinix");
    install(env!("CARGO_BIN_EXE_confinix"), &binary)?;
    let bundle = place.path().join("bundle");
    crate::support::copy(&root.bundle(), &bundle)?;
    let run = program(
        "setpriv",
        ["--reuid", "65534", "--regid", "65534", "--clear-groups"],
    )
    .arg(&binary)
    .arg("enter")
    .arg(&bundle)
    .args(arguments)
    .env("TMPDIR", "/tmp")
    .within("/")
    .run()?;
    Ok(Some(run))
}

#[test]
fn no_root_is_needed() -> Result<()> {
    let command = [
        "web",
        "--",
        "sh",
        "-c",
        "ls /nix/store | wc -l; id -u; : > /etc/x",
    ];
    for (root, count) in [
        (Root::new("")?, 1),
        (Root::of(&MANY.replace("TOOLS", TOOLS))?, 2001),
    ] {
        if let Some(ran) = as_nobody(&root, &command)? {
            assert_eq!(ran.stdout, format!("{count}\n0\n"), "{}", ran.stderr);
            assert!(ran.stderr.contains("Read-only"), "{}", ran.stderr);
        }
    }
    Ok(())
}

#[test]
fn what_is_missing_is_named() -> Result<()> {
    let root = Root::new("")?;
    root.enter(["--", "true"])
        .env("PATH", "/nonexistent")
        .fails(3, &["bwrap is not on PATH: install bubblewrap"])?;
    let lost = scratch()?;
    crate::made::Recording::of(
        lost.path(),
        &crate::made::one("web.service", &crate::made::service(&crate::made::path(0))),
        &crate::made::graph(&[&[]]),
    )?;
    confinix([
        "enter",
        "--services",
        "services.json",
        "--graph",
        "graph.json",
        "web",
        "--ls",
    ])
    .within(lost.path())
    .fails(
        3,
        &["00000-p0 is not in the store of this machine", "nix copy"],
    )?;
    root.enter(["x", "--", "true"]).run()?.with_code(2)?;
    root.enter(["--ls", "--", "true"]).run()?.with_code(2)?;
    root.enter(["--json", "--", "true"]).run()?.with_code(2)?;
    confinix(["enter", "web"]).fails(2, &["enter takes a target and a service"])?;
    let bundle = root.bundle();
    confinix(["enter".as_ref(), bundle.as_os_str(), "wob".as_ref()])
        .fails(3, &["has no wob.service; did you mean web? It has web"])?;
    Ok(())
}
