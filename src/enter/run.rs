//! Runs bubblewrap, and waits until all its processes have ended.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::{Context, Result, bail};
use rustix::fs::{MemfdFlags, memfd_create};
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;
use signal_hook::consts::SIGINT;

use super::{Plan, Shown, arguments};
use crate::{interrupt, search_path};

/// Up to this many paths, bubblewrap mounts each one itself, which takes 60 ms for 100 paths and 1 s for 500.
const FEW_PATHS: usize = 100;

/// Finds `bwrap` on PATH.
pub fn find_bubblewrap() -> Result<PathBuf> {
    match search_path::find("bwrap") {
        Some(file) => Ok(file),
        None => bail!(
            "bwrap is not on PATH: install bubblewrap (the package of that name in Debian, Fedora, Arch …; nix shell nixpkgs#bubblewrap); --ls shows the root without it"
        ),
    }
}

/// Runs `command` in the root. Returns its exit code or, like shells, 128 plus the number of the signal that ended it.
pub fn run(bubblewrap: &Path, plan: &Plan, command: &[OsString]) -> Result<u8> {
    // The processes in the root keep the write end open until the last one ends.
    let (until_end, inside) = pipe_with(PipeFlags::CLOEXEC)?;
    let (info, told) = pipe_with(PipeFlags::CLOEXEC)?;
    let is_large = plan.closure.len() > FEW_PATHS;
    let place = if is_large {
        Some(tempfile::tempdir().context("cannot create a directory for the closure")?)
    } else {
        None
    };
    let place_path = place
        .as_ref()
        .map(|place| {
            place
                .path()
                .to_str()
                .context("the directory for temporary files is not UTF-8")
        })
        .transpose()?;

    let mut words = arguments(plan, place_path);
    for (option, fd) in [("--sync-fd", &inside), ("--info-fd", &told)] {
        words.extend([option.to_owned(), inherited(fd)?]);
    }
    let words = in_memory(words.iter().flat_map(|word| [word.as_str(), "\0"]))?;
    let mut start = Command::new(bubblewrap);
    let mut list = None;
    if let Some(place) = place_path {
        start.args(["--unshare-user", "--uid", "0", "--gid", "0"]);
        // CAP_SETFCAP allows mapping user 0 into a nested user namespace (user_namespaces(7)).
        start.args(["--cap-add", "CAP_SYS_ADMIN", "--cap-add", "CAP_SETFCAP"]);
        start.args(["--dev-bind", "/", "/"]);
        start.args(["--tmpfs", place, "--"]);
        start.arg(std::env::current_exe().context("cannot find confinix itself")?);
        let list = list.insert(in_memory(store(plan).iter().map(String::as_str))?);
        start.args(["--quiet", "enter-store", place, &inherited(list)?, "--"]);
        start.arg(bubblewrap);
    }
    start
        .args(["--args", &inherited(&words)?, "--"])
        .args(command);

    let sandbox = Arc::new(Mutex::new(Sandbox::default()));
    let to_end = sandbox.clone();
    // The terminal sends SIGINT to the command as well.
    interrupt::hand_over(move |signal| {
        if signal != SIGINT {
            let mut sandbox = lock(&to_end);
            sandbox.is_to_end = true;
            sandbox.end();
        }
    });
    let mut child = start.spawn().context("cannot start bwrap")?;
    drop((words, list, inside, told));
    thread::spawn(move || {
        let pid = read_pid(info);
        let mut sandbox = lock(&sandbox);
        sandbox.pid = pid;
        // The signal may have arrived before.
        if sandbox.is_to_end {
            sandbox.end();
        }
    });
    let status = wait(&mut child, until_end)?;
    drop(place);
    Ok(code(status))
}

/// Waits for bubblewrap, and then for the processes in the root: a signal that ended bubblewrap need not end them.
fn wait(child: &mut Child, until_end: OwnedFd) -> Result<ExitStatus> {
    let status = child.wait().context("cannot wait for bwrap")?;
    io::copy(&mut File::from(until_end), &mut io::sink()).context("cannot wait for the end")?;
    Ok(status)
}

fn code(status: ExitStatus) -> u8 {
    let code = status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok())
        .unwrap_or(u8::MAX)
}

/// Returns the input of [`super::mount_store`].
fn store(plan: &Plan) -> Vec<String> {
    let prefix = plan.store_dir.as_str().len() + 1;
    plan.closure
        .iter()
        .filter_map(|(place, shown)| {
            let name = place.get(prefix..)?;
            match shown {
                Shown::Bind { source, .. } => Some(format!("{source}\0{name}\0")),
                Shown::Link { target } => Some(format!(">{target}\0{name}\0")),
                _ => None,
            }
        })
        .collect()
}

/// Creates a file that only this process and its children can access.
fn in_memory<'w>(words: impl IntoIterator<Item = &'w str>) -> Result<File> {
    let mut file = File::from(memfd_create("confinix", MemfdFlags::CLOEXEC)?);
    let mut content = Vec::new();
    for word in words {
        content.extend_from_slice(word.as_bytes());
    }
    file.write_all(&content)?;
    file.rewind()?;
    Ok(file)
}

/// Lets children inherit a file. Returns its number in the children.
fn inherited(file: &(impl AsRawFd + std::os::fd::AsFd)) -> Result<String> {
    fcntl_setfd(file, FdFlags::empty())?;
    Ok(file.as_raw_fd().to_string())
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Info {
    child_pid: i32,
}

/// Reads the id of the first process in the root from bubblewrap's output.
fn read_pid(info: OwnedFd) -> Option<Pid> {
    let mut text = Vec::new();
    File::from(info).read_to_end(&mut text).ok()?;
    let Info { child_pid } = serde_json::from_slice(&text).ok()?;
    Pid::from_raw(child_pid)
}

/// The processes in the root.
#[derive(Default)]
struct Sandbox {
    /// The first process, if its id is known.
    pid: Option<Pid>,
    is_to_end: bool,
}

impl Sandbox {
    /// Kills all processes in the root: the others end with the first.
    fn end(&self) {
        if let Some(pid) = self.pid {
            // It may have ended already.
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

fn lock(sandbox: &Mutex<Sandbox>) -> MutexGuard<'_, Sandbox> {
    sandbox.lock().unwrap_or_else(PoisonError::into_inner)
}
