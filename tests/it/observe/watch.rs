//! A watch on the view of a service, compared with what strace says of the same run.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use confinix::observe::{Access, Watch};

use super::has_strace;
use crate::no_room::is_root;

const SHELL: &str = "0c0dfghijklmnpqrsvwxyz0123456789-shell";
const DATA: &str = "1c0dfghijklmnpqrsvwxyz0123456789-data";

/// A mount namespace with a view of its own, as services have. It ends with this value.
struct Namespace {
    holder: Child,
    view: PathBuf,
}

impl Namespace {
    /// Makes a store in `scratch`, and a view of it.
    fn new(scratch: &Path) -> Result<Self> {
        let store = scratch.join("store");
        let bin = store.join(SHELL).join("bin");
        fs::create_dir_all(&bin)?;
        fs::copy(fs::canonicalize("/bin/sh")?, bin.join("sh"))?;
        fs::copy(fs::canonicalize("/bin/cat")?, bin.join("cat"))?;
        let data = store.join(DATA);
        fs::create_dir_all(data.join("directory"))?;
        fs::create_dir_all(scratch.join("empty"))?;
        for name in [
            "one",
            "two",
            "written in vain",
            "directory/three",
            "untouched",
        ] {
            fs::write(data.join(name), name)?;
        }
        symlink("one", data.join("link"))?;
        let view = scratch.join("view");
        fs::create_dir(&view)?;
        let interpreter = view.join(SHELL).join("bin/sh");
        for name in ["script", "read first"] {
            let script = data.join(name);
            fs::write(&script, format!("#!{}\n:\n", interpreter.display()))?;
            fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
        }
        let mount = format!(
            "mount -t overlay none -o lowerdir={}:{} {} && echo && read line",
            scratch.join("empty").display(),
            store.display(),
            view.display()
        );
        let mut holder = Command::new("unshare")
            .args(["--mount", "--propagation", "private", "sh", "-c", &mount])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = holder.stdout.take().context("the output is a pipe")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        ensure!(line == "\n", "the view is not mounted");
        Ok(Self { holder, view })
    }

    /// The view, as this process can reach it.
    fn reached(&self) -> PathBuf {
        let root = format!("/proc/{}/root", self.holder.id());
        Path::new(&root).join(self.view.strip_prefix("/").unwrap_or(&self.view))
    }

    /// Runs a command in a namespace that is a copy of this one and ends with the command.
    fn command(&self) -> Command {
        let mut command = Command::new("nsenter");
        let namespace = format!("--mount=/proc/{}/ns/mnt", self.holder.id());
        command.args([&namespace, "unshare", "--mount"]);
        command
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // It ends when its input does.
        drop(self.holder.stdin.take());
        let _ = self.holder.wait();
    }
}

#[test]
fn all_that_a_run_opens_and_executes_is_recorded() -> Result<()> {
    if !is_root() || !has_strace() {
        eprintln!("skipped: this needs root and strace");
        return Ok(());
    }
    let scratch = tempfile::tempdir_in("/var/tmp")?;
    let namespace = Namespace::new(scratch.path())?;
    let log = scratch.path().join("log");
    let watch = Watch::on(&namespace.reached())?;
    let script = format!(
        "cd {}; cat=../{SHELL}/bin/cat
        $cat one link $PWD/directory/../two >/dev/null
        echo x 2>/dev/null >'written in vain'
        $cat missing 2>/dev/null
        for name in directory/*; do :; done
        $PWD/script; ../{SHELL}/bin/sh script
        $cat 'read first' >/dev/null; sleep 0.2; \"$PWD/read first\"
        mkdir ../../root; mount --bind ../ ../../root
        (cd ../../root/{DATA}; umount -l ../../root; ../{SHELL}/bin/cat directory/three >/dev/null)",
        namespace.view.join(DATA).display()
    );
    let status = namespace
        .command()
        .args(["strace", "-f", "-y", "-s", "4096", "-z", "-qq"])
        .args(["-e", "trace=open,openat,execve", "-e", "signal=none", "-o"])
        .arg(&log)
        .args(["sh", "-c", &script])
        .status()?;
    ensure!(status.success(), "the script failed");
    // What comes after the watch is not in it.
    let touched = watch.finish()?;
    fs::read(namespace.reached().join(DATA).join("untouched"))?;

    assert!(!touched.incomplete);
    let traced = traced(&fs::read_to_string(&log)?);
    ensure!(traced.len() == 8, "strace did not see all: {traced:?}");
    assert_eq!(touched.files, traced);
    Ok(())
}

/// What strace saw, and the interpreter of the script, which the kernel opens by itself.
fn traced(log: &str) -> BTreeMap<String, Access> {
    let inside = |path: &str| {
        let at = [SHELL, DATA].into_iter().find_map(|base| path.find(base));
        at.map(|at| path[at..].to_owned())
    };
    let (mut opened, mut executed) = (BTreeSet::new(), BTreeSet::new());
    for line in log.lines() {
        if line.contains("execve(") {
            let path = line.split('"').nth(1).and_then(inside);
            executed.extend(path);
        } else if let Some((_, file)) = line.rsplit_once(" = ") {
            let path = file
                .split_once('<')
                .map(|(_, path)| path.trim_end_matches('>'));
            opened.extend(path.and_then(inside));
        }
    }
    if executed.contains(&format!("{DATA}/script")) {
        executed.insert(format!("{SHELL}/bin/sh"));
    }
    opened.extend(executed.iter().cloned());
    let access = |path: &String| Access {
        opened: true,
        executed: executed.contains(path),
        directory: [DATA, "directory"].iter().any(|name| path.ends_with(name)),
    };
    opened
        .iter()
        .map(|path| (path.clone(), access(path)))
        .collect()
}

#[test]
fn only_a_view_can_be_watched() -> Result<()> {
    if !is_root() {
        eprintln!("skipped: this needs root");
        return Ok(());
    }
    let scratch = tempfile::tempdir()?;
    for path in [Path::new("/"), scratch.path(), Path::new("/proc")] {
        let error = Watch::on(path).err().context("it is no view")?;
        assert!(error.to_string().contains("is not a view"), "{error:#}");
    }
    let error = Watch::on(&scratch.path().join("missing")).err();
    let error = format!("{:#}", error.context("it does not exist")?);
    assert!(error.contains("cannot access the view"), "{error}");
    Ok(())
}
