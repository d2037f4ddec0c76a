//! The control group of a guest. It is in a mount of cgroup2 of its own, so it works wherever the host has mounted its hierarchy.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::mount::{MountFlags, mount};

const HIERARCHY: &str = "/sys/fs/cgroup";

/// How long killed processes may take to be gone. What waits for a disk ends late.
const PATIENCE: Duration = Duration::from_secs(20);
const STEP: Duration = Duration::from_millis(10);

/// A control group.
pub(super) struct ControlGroup(PathBuf);

impl ControlGroup {
    /// Mounts the hierarchy in this mount namespace, which must be a private one, and returns the group of this name, which need not
    /// exist.
    pub fn named(name: &str) -> Result<Self> {
        mount("none", HIERARCHY, "cgroup2", MountFlags::empty(), None)
            .context("cannot mount cgroup2")?;
        Ok(Self(Path::new(HIERARCHY).join(name)))
    }

    /// Creates the group, with this process in it.
    pub fn enter(&self) -> Result<()> {
        let context = || format!("cannot create the control group {}", self.0.display());
        fs::create_dir(&self.0).with_context(context)?;
        fs::write(self.0.join("cgroup.procs"), "0").with_context(context)
    }

    /// Kills every process in the group, and removes it with all groups in it.
    pub fn remove(&self) -> Result<()> {
        if !self.0.exists() {
            return Ok(());
        }
        fs::write(self.0.join("cgroup.kill"), "1")
            .context("cannot kill the processes of the guest (cgroup.kill, Linux 5.14)")?;
        let mut waited = Duration::ZERO;
        while let Err(error) = remove_empty(&self.0) {
            if waited >= PATIENCE {
                bail!("cannot remove {}: {error}", self.0.display());
            }
            thread::sleep(STEP);
            waited += STEP;
        }
        Ok(())
    }
}

/// Removes a group and those in it, which must have no processes.
fn remove_empty(group: &Path) -> io::Result<()> {
    for entry in fs::read_dir(group)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove_empty(&entry.path())?;
        }
    }
    fs::remove_dir(group)
}
