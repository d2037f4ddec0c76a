//! Boots a guest, and ends it.

use std::fs::{self, File};
use std::io::{Read, Seek};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::tree::Tree;
use super::{Setup, place, tools};
use crate::interrupt::{self, Hold};

/// How long a guest may take to boot.
const PATIENCE: Duration = Duration::from_secs(60);
const STEP: Duration = Duration::from_millis(20);
/// As much of a console is told when a guest does not boot.
const CONSOLE: usize = 2000;

/// A running guest. It ends when this is dropped.
pub struct Guest {
    /// The process that is the guest's PID 1, in this process's namespace.
    leader: u32,
    setup: Setup,
    stage: Child,
    watcher: Child,
    /// The watcher ends the guest when this is closed.
    alive: Option<ChildStdin>,
    /// Shows others that the guest has an owner.
    _lock: File,
    _hold: Hold,
}

impl Guest {
    /// Boots a guest. `setup` gets its name and place here.
    pub fn boot(mut setup: Setup) -> Result<Self> {
        tools::check()?;
        Tree::at(&setup.root, &setup.store)?;
        setup.check()?;
        let lock = place::create(&mut setup)?;
        let hold = interrupt::hold();

        let mut watcher = hidden("guest-watch")?;
        watcher.arg(&setup.name).arg(&setup.place);
        watcher.stdin(Stdio::piped()).stdout(Stdio::null());
        let mut watcher = watcher.spawn().context("cannot start unshare")?;
        let alive = watcher.stdin.take();

        let console = tempfile::tempfile().context("cannot create a file for the console")?;
        let mut stage = hidden("guest-boot")?;
        stage.arg(serde_json::to_string(&setup)?);
        stage.stdin(Stdio::null());
        stage
            .stdout(console.try_clone()?)
            .stderr(console.try_clone()?);
        let stage = stage.spawn().context("cannot start unshare")?;
        let mut guest = Self {
            leader: 0,
            setup,
            stage,
            watcher,
            alive,
            _lock: lock,
            _hold: hold,
        };
        guest.wait(console)?;
        Ok(guest)
    }

    /// How the guest is set up.
    pub(super) fn setup(&self) -> &Setup {
        &self.setup
    }

    /// The process of nspawn.
    pub(super) fn stage_id(&self) -> u32 {
        self.stage.id()
    }

    /// The root directory of the guest, as this process can use it.
    pub fn root(&self) -> PathBuf {
        PathBuf::from(format!("/proc/{}/root", self.leader))
    }

    /// A command that runs beside the guest's PID 1.
    pub fn command<A: AsRef<std::ffi::OsStr>>(
        &self,
        words: impl IntoIterator<Item = A>,
    ) -> Command {
        let mut command = Command::new("nsenter");
        command.args([
            "--all",
            "--target",
            &self.leader.to_string(),
            "--",
            "env",
            "-i",
        ]);
        command.args([
            "PATH=/run/current-system/sw/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG=C.UTF-8",
            "HOME=/root",
        ]);
        command.args(words);
        // Ctrl-C is for confinix, which then ends the guest.
        command.process_group(0);
        command.stdin(Stdio::null());
        command
    }

    /// Waits until systemd has booted.
    fn wait(&mut self, mut console: File) -> Result<()> {
        let start = Instant::now();
        loop {
            interrupt::check()?;
            if let Some(leader) = self.find_leader() {
                self.leader = leader;
                let state = self.command(["systemctl", "is-system-running"]).output();
                let state = state.context("cannot start nsenter")?.stdout;
                if matches!(state.trim_ascii(), b"running" | b"degraded") {
                    return Ok(());
                }
            }
            let has_ended = self.stage.try_wait()?.is_some();
            if has_ended || start.elapsed() > PATIENCE {
                let mut text = Vec::new();
                console.rewind()?;
                console.read_to_end(&mut text)?;
                let text = String::from_utf8_lossy(&text[text.len().saturating_sub(CONSOLE)..])
                    .trim()
                    .to_owned();
                let said = if text.is_empty() {
                    "it said nothing".to_owned()
                } else {
                    text
                };
                bail!(
                    "the guest {}: {said}",
                    if has_ended {
                        "did not boot"
                    } else {
                        "was not ready within a minute"
                    }
                );
            }
            thread::sleep(STEP);
        }
    }

    /// The child of nspawn that is the first process of a process namespace.
    fn find_leader(&self) -> Option<u32> {
        let nspawn = self.stage.id();
        let children = fs::read_to_string(format!("/proc/{nspawn}/task/{nspawn}/children")).ok()?;
        children.split_whitespace().find_map(|child| {
            let status = fs::read_to_string(format!("/proc/{child}/status")).ok()?;
            let line = status
                .lines()
                .find_map(|line| line.strip_prefix("NSpid:"))?;
            let mut ids = line.split_whitespace();
            let is_first = ids.clone().count() > 1 && ids.next_back() == Some("1");
            is_first.then(|| child.parse().ok()).flatten()
        })
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        drop(self.alive.take());
        // The watcher says itself what it could not remove.
        let _ = self.watcher.wait();
        let _ = self.stage.wait();
        // A watcher that could not start leaves the directory, which then is empty.
        place::remove_empty(&self.setup.place);
    }
}

/// A command of confinix itself, in a mount namespace of its own and away from the terminal's signals.
fn hidden(subcommand: &str) -> Result<Command> {
    let own = std::env::current_exe().context("cannot find confinix itself")?;
    let mut command = Command::new("unshare");
    command.args(["--mount", "--propagation", "private", "--"]);
    command.arg(own).args(["--quiet", subcommand]);
    command.process_group(0);
    Ok(command)
}
