//! Runs that are killed, or that find no room, are finished or undone by the next one.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::{Entries, Tree, same, service};
use crate::support::{Run, bundle, names, not_run, program};

/// A tree, and two bundles of many services for it, whose units it has.
fn setting() -> Result<Tree> {
    let tree = Tree::new()?;
    fs::create_dir_all(tree.at("usr/lib/systemd/system"))?;
    for edition in ["a", "b"] {
        let services: String = (0..30)
            .map(|number| service(&format!("s{number}"), &format!("{edition}{number}")))
            .chain([service(edition, "1")])
            .collect();
        let set = format!("{{ services = {{ {services} }}; }}");
        bundle(["-q", "--expr", &set, "-o"])
            .arg(tree.at(edition))
            .succeeds()?;
    }
    for edition in ["a", "b"] {
        for name in names(&tree.at(edition).join("lib/systemd/system"))? {
            let unit = name.trim_end_matches(".d");
            fs::write(tree.at("usr/lib/systemd/system").join(unit), "")?;
        }
    }
    Ok(tree)
}

fn install(tree: &Tree, edition: &str) -> Run {
    tree.confinix().arg("-q").arg(tree.at(edition))
}

/// How long a run takes.
fn timed(run: Run) -> Result<Duration> {
    let start = Instant::now();
    run.succeeds()?;
    Ok(start.elapsed())
}

fn killed(run: Run, delay: Duration) -> Result<()> {
    let mut command = run.command();
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn()?;
    std::thread::sleep(delay);
    child.kill()?;
    child.wait()?;
    Ok(())
}

/// The units without what a killed run left in a temporary directory.
fn installed(tree: &Tree) -> Result<Entries> {
    let mut units = tree.units()?;
    units.retain(|path, _| !path.to_string_lossy().contains("/.confinix-"));
    Ok(units)
}

/// So many runs are killed.
const TURNS: u32 = 24;

#[test]
fn killed_runs_are_finished_or_undone() -> Result<()> {
    let tree = setting()?;
    install(&tree, "a").succeeds()?;
    let a = tree.units()?;
    // The longest run so far: how fast the machine is changes.
    let mut whole = timed(install(&tree, "b"))?;
    let b = tree.units()?;
    ensure!(a != b, "both are the same");
    let (mut untouched, mut half, mut done) = (0, 0, 0);
    for turn in 0..TURNS {
        whole = whole.max(timed(install(&tree, "a"))?);
        same(&tree.units()?, &a).with_context(|| format!("turn {turn}"))?;
        killed(
            install(&tree, "b"),
            whole * (turn * 37 % TURNS) / (TURNS * 5 / 6),
        )?;
        let found = installed(&tree)?;
        let is_begun = fs::exists(tree.at("var/lib/confinix/next"))?;
        if found == a {
            untouched += 1;
        } else if found == b {
            done += 1;
        } else {
            half += 1;
            ensure!(
                is_begun,
                "turn {turn}: half of it is installed, and nothing tells"
            );
        }
        if turn % 2 == 0 {
            install(&tree, "b")
                .succeeds()
                .with_context(|| format!("turn {turn}"))?;
            same(&tree.units()?, &b).with_context(|| format!("turn {turn}"))?;
        } else if is_begun {
            let ran = tree.confinix().arg("--rollback").succeeds()?;
            let expected = if ran.stdout.contains("undid it") {
                &a
            } else {
                &b
            };
            ensure!(tree.units()? == *expected, "turn {turn}: {}", ran.stdout);
        }
    }
    ensure!(
        untouched > 0 && done > 0,
        "{untouched} untouched, {half} half, {done} done"
    );
    tree.confinix().arg("--uninstall").succeeds()?;
    same(&tree.units()?, &Entries::new())?;
    assert_eq!(tree.kept()?, Vec::<String>::new());
    assert_eq!(names(&tree.at("var/lib"))?, Vec::<String>::new());
    Ok(())
}

/// A run that ended between two steps: the state is made by hand, since kills seldom hit it.
#[test]
fn every_step_is_found_again() -> Result<()> {
    let tree = setting()?;
    install(&tree, "a").succeeds()?;
    let a = tree.units()?;
    install(&tree, "b").succeeds()?;
    let b = tree.units()?;
    tree.confinix().arg("--rollback").succeeds()?;
    let next = tree.at("var/lib/confinix/next");
    // Begun, before a unit was changed.
    std::os::unix::fs::symlink("generations/2", &next)?;
    let ran = tree.confinix().arg(tree.at("a")).succeeds()?;
    ensure!(ran.stdout.starts_with("An earlier run was interrupted while it installed generation 2: finished it first.\ngeneration 3 is installed: "), "{}", ran.stdout);
    same(&tree.units()?, &a)?;
    // Begun, and half of the units are changed.
    std::os::unix::fs::symlink("generations/2", &next)?;
    for (path, (_, content)) in b
        .iter()
        .filter(|(path, _)| path.extension().is_some_and(|it| it == "conf"))
        .take(10)
    {
        fs::create_dir_all(tree.at("").join(path).parent().context("no parent")?)?;
        fs::write(tree.at("").join(path), content)?;
    }
    let ran = tree.confinix().arg("--rollback").succeeds()?;
    ensure!(
        ran.stdout.starts_with(
            "An earlier run was interrupted while it installed generation 2: undid it.\n"
        ),
        "{}",
        ran.stdout
    );
    ensure!(tree.units()? == a && !next.exists());
    // Before it was complete.
    std::os::unix::fs::symlink("generations/9", &next)?;
    let ran = tree.confinix().arg(tree.at("a")).succeeds()?;
    ensure!(
        ran.stdout == "generation 3 is installed: no file had to change\n",
        "{}",
        ran.stdout
    );
    // While everything was removed.
    std::os::unix::fs::symlink("nothing", &next)?;
    fs::remove_file(tree.unit("a.service.d/zz-confinement.conf"))?;
    let ran = tree.confinix().arg(tree.at("b")).succeeds()?;
    ensure!(ran.stdout.starts_with("An earlier run was interrupted while it removed everything: finished it first.\ngeneration 1 is installed: "), "{}", ran.stdout);
    same(&tree.units()?, &b)?;
    Ok(())
}

#[test]
fn without_room_nothing_changes() -> Result<()> {
    let tree = setting()?;
    let script = r#"set -e
        mount -t tmpfs -o "size=$2" tmpfs "$3/$1"
        "$4" install -q --root "$3" "$3/a"
        cp -a "$3/etc/systemd/system" "$3/units"
        cp -a "$3/var/lib" "$3/state"
        ! "$4" install -q --root "$3" "$3/b" 2>"$3/said"
        diff -r --no-dereference "$3/etc/systemd/system" "$3/units"
        diff -r --no-dereference "$3/var/lib" "$3/state"
        rm -r "$3/units" "$3/state"
        "$4" install -q --root "$3" --uninstall"#;
    for (place, size) in [("etc/systemd/system", "200k"), ("var/lib", "300k")] {
        let ran = program(
            "unshare",
            ["--mount", "sh", "-c", script, "sh", place, size],
        )
        .arg(tree.at(""))
        .arg(env!("CARGO_BIN_EXE_confinix"))
        .run()?;
        if ran.stderr.contains("unshare") || ran.stderr.contains("mount:") {
            return not_run("a full disk", "no right to mount a small tmpfs");
        }
        ran.with_code(0).with_context(|| place.to_owned())?;
        let said = fs::read_to_string(tree.at("said"))?;
        ensure!(
            said.contains("make room there") && said.contains("No space left on device"),
            "{place}: {said}"
        );
        ensure!(tree.kept()?.is_empty(), "{place}: store paths are kept");
    }
    Ok(())
}
