//! The control groups of a guest. Its own hierarchy is a mount of cgroup2, so it works wherever the host has mounted its hierarchies. Where
//! the host has those of version 1, they are what limits processes and memory.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::mount::{MountFlags, mount};

use super::guard::total_memory;

/// Where hosts, and systemd-nspawn, have the hierarchies.
const HIERARCHY: &str = "/sys/fs/cgroup";

/// The most processes and threads that may be in a guest, whatever its guard does.
const MOST_PROCESSES: u64 = 8192;

/// How long killed processes may take to be gone. What waits for a disk ends late.
const PATIENCE: Duration = Duration::from_secs(20);
const STEP: Duration = Duration::from_millis(10);

/// Creates the control groups of the guest `name` with their limits, enters them, and mounts the hierarchy of cgroup2 where systemd-nspawn
/// looks for it. This mount namespace must be a private one.
pub(super) fn enter(name: &str) -> Result<()> {
    for (hierarchy, file, limit) in older() {
        let group = hierarchy.join(name);
        create(&group).and_then(|()| limited(&group, file, limit))?;
        enter_group(&group)?;
    }
    mount("none", HIERARCHY, "cgroup2", MountFlags::empty(), None)
        .context("cannot mount cgroup2")?;
    let group = Path::new(HIERARCHY).join(name);
    create(&group)?;
    for (file, limit) in [("pids.max", MOST_PROCESSES), ("memory.max", most_memory())] {
        // Without the controller, a hierarchy of version 1 has the limit.
        if group.join(file).exists() {
            limited(&group, file, limit)?;
        }
    }
    enter_group(&group)
}

/// Kills every process of the guest `name`, and removes its control groups. Mounts the hierarchy of cgroup2 at `place`, in this mount
/// namespace, which must be a private one.
pub(super) fn remove(name: &str, place: &Path) -> Result<()> {
    mount("none", place, "cgroup2", MountFlags::empty(), None).context("cannot mount cgroup2")?;
    let group = place.join(name);
    if group.exists() {
        fs::write(group.join("cgroup.kill"), "1")
            .context("cannot kill the processes of the guest (cgroup.kill, Linux 5.14)")?;
    }
    let older = older().map(|(hierarchy, _, _)| hierarchy.join(name));
    for group in [group].into_iter().chain(older) {
        let mut waited = Duration::ZERO;
        while let Err(error) = remove_empty(&group) {
            if error.kind() == io::ErrorKind::NotFound {
                break;
            }
            if waited >= PATIENCE {
                bail!("cannot remove {}: {error}", group.display());
            }
            thread::sleep(STEP);
            waited += STEP;
        }
    }
    rustix::mount::unmount(place, rustix::mount::UnmountFlags::DETACH)
        .context("cannot unmount cgroup2")
}

/// The hierarchies of version 1 that the host has, each with the file of a limit and the limit.
fn older() -> impl Iterator<Item = (PathBuf, &'static str, u64)> {
    let all = [
        ("pids", "pids.max", MOST_PROCESSES),
        ("memory", "memory.limit_in_bytes", most_memory()),
    ];
    let all =
        all.map(|(controller, file, limit)| (Path::new(HIERARCHY).join(controller), file, limit));
    all.into_iter()
        .filter(|(hierarchy, _, _)| hierarchy.join("cgroup.procs").exists())
}

/// Half of the machine's memory, in bytes; files of the guest count too.
fn most_memory() -> u64 {
    total_memory() / 2
}

fn create(group: &Path) -> Result<()> {
    fs::create_dir(group)
        .with_context(|| format!("cannot create the control group {}", group.display()))
}

fn limited(group: &Path, file: &str, limit: u64) -> Result<()> {
    let file = group.join(file);
    fs::write(&file, limit.to_string()).with_context(|| format!("cannot write {}", file.display()))
}

fn enter_group(group: &Path) -> Result<()> {
    fs::write(group.join("cgroup.procs"), "0")
        .with_context(|| format!("cannot enter the control group {}", group.display()))
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
