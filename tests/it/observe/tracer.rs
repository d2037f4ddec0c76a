//! strace in a root that has nothing else.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use confinix::observe::{Calls, Failures, Intent, Stops, Trace, Tracer};

use super::has_strace;
use crate::no_room::is_root;

#[test]
fn a_tracer_runs_where_there_is_nothing_else() -> Result<()> {
    if !is_root() || !has_strace() {
        eprintln!("skipped: this needs root and strace");
        return Ok(());
    }
    let tracer = Tracer::find(Path::new("/")).context("strace is not found")?;
    for stops in [Stops::AtTraced, Stops::AtAll] {
        let root = tempfile::tempdir()?;
        let process = cat(&tracer, root.path(), stops, Calls::Failed)?;
        let log = root.path().join("log");
        let failures = whole(&log, "near", Failures::read)?;
        assert!(fs::read_to_string(&log)?.contains(&format!("{process} ")));
        assert_eq!(failures.not_understood, 0);
        for path in ["/missing", "near"] {
            let mut calls = failures.calls.iter();
            let failure = calls.find(|failure| failure.path.as_deref() == Some(path));
            let failure = failure.with_context(|| format!("no failure of {path}"))?;
            assert_eq!((&*failure.errno, failure.intent), ("ENOENT", Intent::Read));
        }
    }
    Ok(())
}

#[test]
fn calls_that_succeed_are_those_that_would_fail_if_files_were_absent() -> Result<()> {
    if !is_root() || !has_strace() {
        eprintln!("skipped: this needs root and strace");
        return Ok(());
    }
    let tracer = Tracer::find(Path::new("/")).context("strace is not found")?;
    let root = tempfile::tempdir()?;
    fs::write(root.path().join("there"), "")?;
    cat(&tracer, root.path(), Stops::AtTraced, Calls::All)?;
    let log = root.path().join("log");
    let used = whole(&log, "/there", |log| Ok(Trace::read(log)?.used))?;
    assert_eq!(used.not_understood, 0);
    let mut calls = used.calls.iter();
    assert!(calls.all(|call| call.errno == "ENOENT" && call.path.is_some()));
    let mut paths = used.calls.iter().filter_map(|call| call.path.as_deref());
    assert!(!paths.any(|path| path == "/missing" || path == "near"));
    Ok(())
}

/// Traces cat in a root that has nothing else. It reads two files that are not there, and one that may be. Returns its process number.
fn cat(tracer: &Tracer, root: &Path, stops: Stops, calls: Calls) -> Result<u32> {
    let tools = root.join("tools");
    fs::create_dir(&tools)?;
    for (name, file) in tracer.files() {
        fs::copy(file, tools.join(name))?;
    }
    fs::copy(fs::canonicalize("/bin/cat")?, tools.join("cat"))?;
    let mut words = tracer.command("/tools", "/log", stops, calls);
    let strace = words.iter().position(|word| word == "/tools/strace");
    let loader = words[..strace.context("it runs strace")?].to_vec();
    words.extend(loader);
    words.extend(["/tools/cat", "/missing", "/there", "near"].map(str::to_owned));
    let mut child = Command::new("chroot");
    // It fails to open two of the files, and says so.
    let child = child.arg(root).args(&words).stderr(Stdio::null()).spawn()?;
    let process = child.id();
    // The process itself is the traced one.
    ensure!(child.wait_with_output()?.status.code() == Some(1));
    Ok(process)
}

/// Reads a log once it names `last`. strace ends after the processes that it traces.
fn whole(log: &Path, last: &str, read: impl Fn(File) -> Result<Failures>) -> Result<Failures> {
    let start = Instant::now();
    loop {
        let failures = read(File::open(log)?)?;
        let mut paths = failures
            .calls
            .iter()
            .filter_map(|failure| failure.path.as_deref());
        if paths.any(|path| path == last) {
            return Ok(failures);
        }
        ensure!(
            start.elapsed() < Duration::from_secs(10),
            "{last} is not in the log"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_tracer_is_found_only_whole() -> Result<()> {
    let Some(tracer) = Tracer::find(Path::new("/")) else {
        eprintln!("skipped: this needs strace");
        return Ok(());
    };
    let root = tempfile::tempdir()?;
    ensure!(Tracer::find(root.path()).is_none());
    ensure!(Tracer::find(&root.path().join("missing")).is_none());
    // As in a tree whose programs are elsewhere, behind an absolute symlink.
    fs::create_dir_all(root.path().join("store/bin"))?;
    fs::create_dir_all(root.path().join("lib64"))?;
    fs::create_dir(root.path().join("usr"))?;
    std::os::unix::fs::symlink("/store/bin", root.path().join("usr/bin"))?;
    for (name, file) in tracer.files() {
        let directory = if name == "strace" {
            "store/bin"
        } else {
            "lib64"
        };
        let copy = root.path().join(directory).join(name);
        fs::copy(file, &copy)?;
        fs::set_permissions(&copy, fs::Permissions::from_mode(0o755))?;
    }
    let found = Tracer::find(root.path()).context("strace is not found")?;
    let top = root.path().canonicalize()?;
    assert_eq!(found.files().count(), tracer.files().count());
    for (name, file) in found.files() {
        ensure!(
            file.starts_with(&top),
            "{name} is outside of the tree: {}",
            file.display()
        );
    }
    for (name, _) in tracer.files().filter(|(name, _)| *name != "strace") {
        let copy = root.path().join("lib64").join(name);
        let away = root.path().join("away");
        fs::rename(&copy, &away)?;
        ensure!(Tracer::find(root.path()).is_none(), "found without {name}");
        fs::rename(&away, &copy)?;
    }
    Ok(())
}
