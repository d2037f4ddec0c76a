//! Ctrl-C: nix ends too, and no unfinished file is left.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};

use crate::support::{Run, bundle, confinix, fake_nix, names, program, scratch};

const PATIENCE: Duration = Duration::from_secs(15);

fn wait_for(what: &str, mut test: impl FnMut() -> bool) -> Result<()> {
    let start = Instant::now();
    while !test() {
        ensure!(start.elapsed() < PATIENCE, "waited too long: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

fn signal(child: &Child, name: &str) -> Result<()> {
    // The shell's built-in kill, because not every machine has the program.
    let status = Command::new("sh")
        .args(["-c", &format!("kill -s {name} {}", child.id())])
        .status()?;
    ensure!(status.success(), "kill failed");
    Ok(())
}

fn start(run: Run) -> Result<Child> {
    Ok(run
        .command()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?)
}

/// Returns the exit code of a process that must end by itself.
fn code(child: &mut Child) -> Result<Option<i32>> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.code());
        }
        if start.elapsed() > PATIENCE {
            child.kill()?;
            bail!("it does not end");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn is_alive(pid: &str) -> bool {
    fs::read_to_string(format!("/proc/{}/stat", pid.trim()))
        .is_ok_and(|stat| !stat.contains(") Z "))
}

/// Starts confinix with a nix that writes its process ID and runs `script`, sends the signal, and returns the exit code.
fn interrupted(directory: &Path, script: &str, name: &str) -> Result<Option<i32>> {
    let pid = directory.join("pid");
    let path = fake_nix(
        directory,
        &format!("echo $$ > {}.new; mv {0}.new {0}; {script}", pid.display()),
    )?;
    let mut child = start(
        bundle(["--expr", "{ }", "-o", "out"])
            .env("PATH", path)
            .within(directory),
    )?;
    wait_for("nix starts", || pid.exists())?;
    signal(&child, name)?;
    let code = code(&mut child)?;
    let pid = fs::read_to_string(pid)?;
    wait_for("nix ends", || !is_alive(&pid))?;
    assert_eq!(names(directory)?, ["fake-bin", "pid"]);
    Ok(code)
}

#[test]
fn a_signal_ends_nix_and_tells_which_it_was() -> Result<()> {
    for (name, expected) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let scratch = scratch()?;
        assert_eq!(
            interrupted(scratch.path(), "exec sleep 60", name)?,
            Some(expected),
            "{name}"
        );
    }
    Ok(())
}

#[test]
fn a_signal_that_is_to_be_ignored_is_ignored() -> Result<()> {
    let scratch = scratch()?;
    let path = fake_nix(
        scratch.path(),
        "touch started; while ! test -e enough; do sleep 0.05; done; exit 1",
    )?;
    // Like nohup.
    let mut child = start(
        program("sh", ["-c", "trap '' HUP; exec \"$@\"", "sh"])
            .args([env!("CARGO_BIN_EXE_confinix"), "bundle", "--expr", "{ }"])
            .env("PATH", path)
            .within(scratch.path()),
    )?;
    wait_for("nix starts", || scratch.path().join("started").exists())?;
    signal(&child, "HUP")?;
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(child.try_wait()?, None);
    fs::write(scratch.path().join("enough"), "")?;
    assert_eq!(code(&mut child)?, Some(3));
    Ok(())
}

#[test]
fn a_nix_that_tidies_up_before_it_ends_is_waited_for() -> Result<()> {
    let scratch = scratch()?;
    let script = "trap 'sleep 0.3; exit 1' TERM; while :; do sleep 0.05; done";
    assert_eq!(interrupted(scratch.path(), script, "INT")?, Some(130));
    Ok(())
}

#[test]
fn a_nix_that_does_not_listen_is_killed() -> Result<()> {
    let scratch = scratch()?;
    let script = "trap '' TERM INT; while :; do sleep 0.05; done";
    assert_eq!(interrupted(scratch.path(), script, "INT")?, Some(130));
    Ok(())
}

#[test]
fn what_nix_has_started_does_not_hold_confinix_back() -> Result<()> {
    let scratch = scratch()?;
    // The shell ends, but its child continues and keeps standard output open.
    assert_eq!(
        interrupted(scratch.path(), "sleep 40 & wait", "TERM")?,
        Some(143)
    );
    Ok(())
}

#[test]
fn a_real_evaluation_is_interrupted() -> Result<()> {
    let scratch = scratch()?;
    let endless = "let range = builtins.genList (x: x) 3000; in
        { services = builtins.foldl' (a: b: builtins.foldl' (c: d: builtins.foldl' (e: f: builtins.seq f e) c range) a range) { } range; }";
    let mut child = start(bundle(["-v", "--expr", endless, "-o", "out"]).within(scratch.path()))?;
    let id = child.id();
    // Of all its threads.
    let children = || {
        let threads = fs::read_dir(format!("/proc/{id}/task"))
            .into_iter()
            .flatten();
        let texts = threads
            .flatten()
            .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
        texts
            .flat_map(|text| {
                text.split_whitespace()
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            })
            .collect::<Vec<_>>()
    };
    wait_for("nix starts", || !children().is_empty())?;
    let nix = children();
    std::thread::sleep(Duration::from_millis(500));
    signal(&child, "INT")?;
    assert_eq!(code(&mut child)?, Some(130));
    wait_for("nix ends", || nix.iter().all(|pid| !is_alive(pid)))?;
    assert!(names(scratch.path())?.is_empty());
    Ok(())
}

#[test]
fn waiting_for_standard_input_can_be_interrupted() -> Result<()> {
    let mut command = confinix(["bundle", "--services", "-", "--graph", "/dev/null"]).command();
    let mut child = command
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    // Nothing shows when it starts to wait.
    std::thread::sleep(Duration::from_millis(300));
    signal(&child, "INT")?;
    assert_eq!(code(&mut child)?, Some(130));
    Ok(())
}

#[test]
fn an_interruption_leaves_the_old_bundle_as_it_was() -> Result<()> {
    let scratch = scratch()?;
    crate::support::copy(crate::support::shop()?, &scratch.path().join("out"))?;
    let path = fake_nix(scratch.path(), "touch started; exec sleep 60")?;
    let mut child = start(
        bundle(["--expr", "{ }", "-o", "out"])
            .env("PATH", path)
            .within(scratch.path()),
    )?;
    wait_for("nix starts", || scratch.path().join("started").exists())?;
    signal(&child, "TERM")?;
    assert_eq!(code(&mut child)?, Some(143));
    assert_eq!(
        crate::support::files(&scratch.path().join("out"))?,
        crate::support::files(crate::support::shop()?)?
    );
    Ok(())
}
