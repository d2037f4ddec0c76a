//! The processes of a unit: what the kernel says of their mounts, and of the files that they use.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::namespaces::Namespaces;
use crate::host::units::Unit;
use crate::root::MountTable;
use crate::store::{StoreDir, StorePath};

/// Where control groups are: the unified hierarchy, or the part of it that systemd uses beside the old one.
const HIERARCHIES: [&str; 3] = [
    "/sys/fs/cgroup",
    "/sys/fs/cgroup/unified",
    "/sys/fs/cgroup/systemd",
];

/// How a file that has been deleted ends in `/proc/PID/maps`.
const DELETED: &str = " (deleted)";

/// How long the start of a process is waited for.
const MOMENT: Duration = Duration::from_secs(2);

/// The running processes of a unit.
#[derive(Debug, Default)]
pub struct Running {
    /// How many there are.
    pub count: usize,
    /// Each distinct table of mounts that one of them has, except in mount namespaces that the service made itself.
    pub tables: Vec<MountTable>,
    /// The same for mount namespaces that the service made itself, such as those of sandboxed children.
    pub own_tables: Vec<MountTable>,
    /// Whether one of them has CAP_SYS_ADMIN, and so may mount.
    pub may_mount: bool,
    /// The store paths whose deleted files they have mapped.
    pub deleted: BTreeSet<StorePath>,
}

/// The table of mounts of a process.
pub fn table_of(process: &str) -> Result<MountTable> {
    let path = format!("/proc/{process}/mountinfo");
    let table = fs::read(&path).with_context(|| format!("cannot read {path}"))?;
    Ok(MountTable::parse(&table))
}

/// Looks at the processes of a unit. Those that end meanwhile are left out.
pub fn of(unit: &Unit, dir: &StoreDir, unseen: &mut BTreeSet<String>) -> Running {
    let mut running = Running::default();
    let mut tables = BTreeMap::new();
    let processes = processes(&unit.control_group);
    let namespaces = Namespaces::of(&processes);
    for process in &processes {
        let place = Path::new("/proc").join(process);
        let read = |file: &str| fs::read(place.join(file));
        if !is_executed(&place) {
            continue;
        }
        let table = match read("mountinfo") {
            // A process that has ended has none.
            Ok(table) if table.is_empty() => continue,
            Ok(table) => table,
            Err(error) => {
                if error.kind() == ErrorKind::PermissionDenied {
                    unseen.insert(
                        "the mounts of processes of other users: run it as root".to_owned(),
                    );
                }
                continue;
            }
        };
        running.count += 1;
        let is_own = namespaces.is_own(process);
        let only_own: &mut bool = tables.entry(table).or_insert(true);
        *only_own &= is_own;
        running.may_mount |= read("status").is_ok_and(|status| has_sys_admin(&status));
        match read("maps") {
            Ok(maps) => running.deleted.extend(deleted(&maps, dir)),
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                unseen.insert(
                    "the files that processes of other users have mapped: run it as root"
                        .to_owned(),
                );
            }
            Err(_) => {}
        }
    }
    for (table, is_own) in tables {
        let tables = if is_own {
            &mut running.own_tables
        } else {
            &mut running.tables
        };
        tables.push(MountTable::parse(&table));
    }
    running
}

/// Whether a process has executed the command of its unit. Until then systemd names it in brackets, and may not have made its root. As
/// that is over in a moment, this waits for it, except for the process that keeps a session of PAM open.
fn is_executed(place: &Path) -> bool {
    let begin = Instant::now();
    loop {
        let name = fs::read(place.join("comm")).unwrap_or_default();
        if !name.starts_with(b"(") {
            return true;
        }
        if name.starts_with(b"(sd-pam") || begin.elapsed() > MOMENT {
            return false;
        }
        thread::sleep(MOMENT / 100);
    }
}

/// Whether `/proc/PID/status` has CAP_SYS_ADMIN in the effective set (proc_pid_status(5), capabilities(7)).
fn has_sys_admin(status: &[u8]) -> bool {
    const CAP_SYS_ADMIN: u32 = 21;
    let status = String::from_utf8_lossy(status);
    let set = status
        .lines()
        .find_map(|line| line.strip_prefix("CapEff:"))
        .and_then(|set| u64::from_str_radix(set.trim(), 16).ok());
    set.is_some_and(|set| set & 1 << CAP_SYS_ADMIN != 0)
}

/// The ids of the processes in a control group and those below it.
fn processes(group: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    // The root's own group is that of no unit.
    if group.trim_matches('/').is_empty() {
        return found;
    }
    let places = HIERARCHIES.map(|hierarchy| format!("{hierarchy}{group}"));
    let Some(top) = places.iter().find(|place| Path::new(place).is_dir()) else {
        return found;
    };
    let mut left = vec![PathBuf::from(top)];
    while let Some(group) = left.pop() {
        let list = fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default();
        found.extend(list.lines().map(str::to_owned));
        for entry in fs::read_dir(&group).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                left.push(entry.path());
            }
        }
    }
    found
}

/// The store paths whose deleted files are mapped.
fn deleted(maps: &[u8], dir: &StoreDir) -> BTreeSet<StorePath> {
    let maps = String::from_utf8_lossy(maps);
    let lines = maps.lines().filter_map(|line| line.strip_suffix(DELETED));
    // Five fields precede the path.
    let paths = lines.filter_map(|line| Some(&line[line.find('/')?..]));
    paths.filter_map(|path| dir.owner(path)).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_process_that_systemd_has_not_executed_yet_is_waited_for() -> Result<()> {
        for (name, is_executed_at_last) in [("(web)", true), ("(sd-pam)", false)] {
            let script = format!("printf '%s' '{name}' >/proc/$$/comm; echo; read _; exec sleep 9");
            let mut child = Command::new("sh")
                .args(["-c", &script])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()?;
            let place = PathBuf::from(format!("/proc/{}", child.id()));
            let mut line = [0];
            let mut output = child.stdout.take().context("no output")?;
            output.read_exact(&mut line)?;
            let asked = thread::spawn(move || is_executed(&place));
            thread::sleep(MOMENT / 10);
            assert!(!is_executed_at_last || !asked.is_finished(), "{name}");
            drop(child.stdin.take());
            assert_eq!(asked.join().ok(), Some(is_executed_at_last), "{name}");
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    #[test]
    fn deleted_files_of_the_store_are_found() -> Result<()> {
        let dir = StoreDir::parse("/nix/store")?;
        let path = format!("/nix/store/{}-a", "0".repeat(32));
        let maps = format!(
            "55d0-55d1 r-xp 00000000 08:01 17   {path}/bin/a b (deleted)\n\
             55d1-55d2 r--p 00000000 08:01 18   {path}x/bin/a\n\
             55d2-55d3 rw-s 00000000 00:01 19   /memfd:x (deleted)\n\
             55d3-55d4 rw-p 00000000 00:00 0    [stack]\n"
        );
        let found: Vec<_> = deleted(maps.as_bytes(), &dir).into_iter().collect();
        assert_eq!(found, [StorePath::parse(&path)?]);
        Ok(())
    }
}
