//! The processes of a unit: what the kernel says of their mounts, and of the files that they use.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

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
        // systemd names a process like this until it executes the command, and has not made its root yet.
        if read("comm").is_ok_and(|name| name.starts_with(b"(")) {
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
    use super::*;

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
