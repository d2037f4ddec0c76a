//! Runs that are killed while writing leave either the old or the new content. The next run removes any leftovers.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::made::{self, Recording};
use crate::support::{Run, confinix, files, names, not_run, program, scratch};

/// Creates recordings of a service that sees `count` store paths, in a separate directory.
fn recording(directory: &Path, count: usize) -> Result<()> {
    fs::create_dir(directory)?;
    let graph: serde_json::Map<_, _> = (0..count)
        .map(|number| (made::path(number), made::info(&[])))
        .collect();
    let commands: Vec<_> = (0..count)
        .map(|number| made::text(&made::path(number)))
        .collect();
    let mut service = made::service("");
    service["exec"]["ExecStart"] = json!(commands);
    let services: serde_json::Map<_, _> = (0..5)
        .map(|number| (format!("s{number}.service"), service.clone()))
        .collect();
    let services = json!({ "version": 1, "storeDir": "/nix/store", "services": services });
    Recording::of(directory, &services, &graph.into())?;
    Ok(())
}

fn start(run: Run) -> Result<Child> {
    let mut command = run.command();
    command.stdout(Stdio::null()).stderr(Stdio::null());
    Ok(command.spawn()?)
}

/// Returns delays from zero to a little more than the time of a whole run, in a shuffled order.
fn delays(whole: Duration, count: u32) -> impl Iterator<Item = Duration> {
    (0..count).map(move |turn| whole * (turn * 37 % count) * 5 / (count * 4))
}

#[test]
fn two_hundred_kills_leave_the_old_bundle_or_the_new() -> Result<()> {
    let scratch = scratch()?;
    let at = |name: &str| scratch.path().join(name);
    recording(&at("a"), 60)?;
    recording(&at("b"), 80)?;
    fs::create_dir(at("place"))?;
    let write = |from: &str| {
        confinix(["bundle"])
            .arg("--services")
            .arg(at(from).join("services.json"))
            .arg("--graph")
            .arg(at(from).join("graph.json"))
            .args(["-o", "out"])
            .within(at("place"))
    };
    let out = at("place/out");
    write("b").succeeds()?;
    let b = files(&out)?;
    let before = Instant::now();
    write("a").succeeds()?;
    let whole = before.elapsed();
    let a = files(&out)?;
    let (mut left, mut replaced) = (0, 0);
    for (turn, delay) in delays(whole, 200).enumerate() {
        let was = files(&out)?;
        let from = if was == a { "b" } else { "a" };
        let mut child = start(write(from))?;
        std::thread::sleep(delay);
        child.kill()?;
        child.wait()?;
        let is = files(&out).with_context(|| format!("after kill {turn}"))?;
        ensure!(is == a || is == b, "kill {turn} left half a bundle");
        replaced += usize::from(is != was);
        left += usize::from(names(&at("place"))? != ["out"]);
    }
    // Otherwise no kill was in time to be in the middle.
    ensure!(
        replaced > 0 && replaced < 200 && left > 0,
        "200 kills: {replaced} after the bundle was replaced, {left} left something"
    );
    write("a").succeeds()?;
    assert_eq!(files(&out)?, a);
    assert_eq!(names(&at("place"))?, ["out"]);
    Ok(())
}

#[test]
fn kills_leave_the_old_document_or_the_new() -> Result<()> {
    let scratch = scratch()?;
    let at = |name: &str| scratch.path().join(name);
    recording(&at("a"), 100)?;
    fs::create_dir(at("place"))?;
    confinix([
        "bundle",
        "--services",
        "a/services.json",
        "--graph",
        "a/graph.json",
        "-o",
        "out",
    ])
    .within(scratch.path())
    .succeeds()?;
    let write = |today: &str| {
        let today = ["--today", today];
        confinix(["audit", "../out", "--no-foresight", "--policy", "../p.toml"])
            .args(["--format", "sarif=x.sarif", "--format", "json=x.json"])
            .args(today)
            .within(at("place"))
    };
    let policy =
        "[[rule]]\nallow = [{ package = \"x\", reason = \"r\", until = \"2026-06-01\" }]\n";
    fs::write(at("p.toml"), policy)?;
    let before = Instant::now();
    write("2026-01-01").succeeds()?;
    let whole = before.elapsed();
    let a = files(&at("place"))?;
    write("2026-07-01").succeeds()?;
    let b = files(&at("place"))?;
    ensure!(a != b, "both are the same");
    for delay in delays(whole, 60) {
        let mut child = start(write("2026-01-01"))?;
        std::thread::sleep(delay);
        child.kill()?;
        child.wait()?;
        for (name, content) in files(&at("place"))? {
            let is_left = name.to_string_lossy().starts_with(".confinix-");
            let is_whole = [&a, &b]
                .iter()
                .any(|files| files.contains(&(name.clone(), content.clone())));
            ensure!(is_left || is_whole, "{} is neither", name.display());
        }
    }
    write("2026-07-01").succeeds()?;
    assert_eq!(files(&at("place"))?, b);
    Ok(())
}

/// Runs `confinix init` and `confinix bundle` in `place`.
fn write(place: &Path) -> Result<()> {
    confinix(["init", "-o", "policy.toml"])
        .within(place)
        .succeeds()?;
    confinix(made::BUNDLE_ABOVE)
        .args(["-o", "out"])
        .within(place)
        .succeeds()?;
    Ok(())
}

#[test]
fn what_is_left_is_removed_and_nothing_else() -> Result<()> {
    let (scratch, place) = crate::writing::setting()?;
    let at = |name: &str| place.join(name);
    let other = scratch.path().join("other");
    fs::create_dir(&other)?;
    fs::write(other.join("new"), "mine")?;
    // Leftovers of killed runs.
    fs::create_dir_all(at(".confinix-aaaaaa/new/lib/systemd"))?;
    fs::write(at(".confinix-aaaaaa/new/lib/systemd/x"), "")?;
    symlink(&other, at(".confinix-aaaaaa/new/link"))?;
    fs::create_dir(at(".confinix-bbbbbb"))?;
    fs::write(at(".confinix-cccccc"), "half")?;
    // Not leftovers of confinix, or in use.
    symlink(&other, at(".confinix-dddddd"))?;
    fs::create_dir(at(".confinix-eeeeee"))?;
    fs::write(at(".confinix-eeeeee/letter"), "dear")?;
    fs::create_dir_all(at(".confinix-longer-name/new"))?;
    fs::write(at(".confinix-ffffff"), "linked")?;
    fs::hard_link(at(".confinix-ffffff"), other.join("linked"))?;
    fs::create_dir_all(at(".confinix-gggggg/new"))?;
    let mut user = program(
        "flock",
        ["-x", ".confinix-gggggg", "sh", "-c", "echo; sleep 60"],
    )
    .within(&place)
    .command();
    let mut user = user.stdout(Stdio::piped()).spawn()?;
    std::io::Read::read(&mut user.stdout.take().context("no output")?, &mut [0])?;
    let written = write(&place);
    user.kill()?;
    user.wait()?;
    written?;
    assert_eq!(
        names(&place)?,
        [
            ".confinix-dddddd",
            ".confinix-eeeeee",
            ".confinix-ffffff",
            ".confinix-gggggg",
            ".confinix-longer-name",
            "out",
            "policy.toml",
        ]
    );
    assert_eq!(fs::read_to_string(other.join("new"))?, "mine");
    Ok(())
}

#[test]
fn a_directory_of_everybody_is_not_tidied() -> Result<()> {
    let (_scratch, place) = crate::writing::setting()?;
    fs::create_dir_all(place.join(".confinix-aaaaaa/new"))?;
    let mode = |mode| {
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
        fs::set_permissions(&place, permissions)
    };
    mode(0o777)?;
    write(&place)?;
    assert_eq!(names(&place)?, [".confinix-aaaaaa", "out", "policy.toml"]);
    mode(0o1777)?;
    fs::remove_file(place.join("policy.toml"))?;
    write(&place)?;
    assert_eq!(names(&place)?, ["out", "policy.toml"]);
    Ok(())
}

/// On file systems that can't exchange two names, the old bundle is missing for a moment.
#[test]
fn a_bundle_that_was_put_aside_comes_back() -> Result<()> {
    let (_scratch, place) = crate::writing::setting()?;
    write(&place)?;
    let before = files(&place.join("out"))?;
    fs::create_dir(place.join(".confinix-aaaaaa"))?;
    fs::write(place.join(".confinix-aaaaaa/name"), "out")?;
    fs::rename(place.join("out"), place.join(".confinix-aaaaaa/old"))?;
    confinix(["init", "-o", "other.toml"])
        .within(&place)
        .succeeds()?;
    assert_eq!(files(&place.join("out"))?, before);
    assert_eq!(names(&place)?, ["other.toml", "out", "policy.toml"]);
    Ok(())
}

/// Returns the system calls of a run that determine what a crash of the machine leaves, in order.
fn calls(place: &Path, arguments: &[&str]) -> Result<Option<String>> {
    let trace = "trace=fsync,fdatasync,syncfs,rename,renameat,renameat2,link,linkat";
    let strace = program("strace", ["-f", "-y", "-e", trace, "-o", "trace"])
        .arg(env!("CARGO_BIN_EXE_confinix"))
        .args(arguments)
        .within(place)
        .run();
    if !strace.is_ok_and(|ran| ran.code == Some(0)) {
        not_run(
            "the order of system calls",
            "there is no strace, or it may not trace",
        )?;
        return Ok(None);
    }
    let trace = fs::read_to_string(place.join("trace"))?;
    let calls = trace.lines().filter(|line| line.contains(") = 0"));
    let names = calls.filter_map(|line| line.split_whitespace().nth(1)?.split('(').next());
    // The variant of the call depends on the platform.
    let names: Vec<_> = names
        .map(|name| name.trim_end_matches("at2").trim_end_matches("at"))
        .collect();
    Ok(Some(names.join(" ")))
}

#[test]
fn data_is_on_the_disk_before_the_name_and_the_name_after() -> Result<()> {
    let (scratch, place) = crate::writing::setting()?;
    let read = |name| -> Result<_> {
        Ok(serde_json::from_slice(&fs::read(
            scratch.path().join(name),
        )?)?)
    };
    let attributes = made::attributes(&read("services.json")?, &read("graph.json")?);
    fs::write(place.join("attrs.json"), attributes.to_string())?;
    for (arguments, expected) in [
        (&["init", "-o", "p.toml"][..], "fsync rename fsync"),
        // Nix flushes the outputs of derivations, if it is told to.
        (&["bundle", "--attrs", "attrs.json", "-o", "b"], "rename"),
        (
            &[&made::BUNDLE_ABOVE[..], &["-o", "out"]].concat(),
            "syncfs syncfs rename fsync",
        ),
        (&["report", "out", "--no-foresight"], "fsync rename fsync"),
        (
            &["audit", "out", "--no-foresight", "-o", "x"],
            "fsync rename fsync",
        ),
        (
            &["audit", "out", "--no-foresight", "--format", "json=x"],
            "fsync rename fsync",
        ),
    ] {
        let Some(calls) = calls(&place, arguments)? else {
            return Ok(());
        };
        assert_eq!(calls, expected, "{arguments:?}");
    }
    Ok(())
}
