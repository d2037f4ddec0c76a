//! Ends services that use up what the services of a guest share: processes, memory, disk.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::fs::statvfs;

use super::{Guest, within};

/// The most processes and threads that a service may have, and how many more for each processor.
const MOST_THREADS: usize = 1024;
const MOST_THREADS_OF_CORE: usize = 64;
/// A service may use this part of the machine's memory: half of what its guest may.
const PART_OF_MEMORY: u64 = 4;
/// A file system is full when less than this part of it is free.
const PART_OF_DISK: u64 = 20;

/// How often processes are counted. Those of a service that forks for ever double in less time than that.
const STEP: Duration = Duration::from_millis(100);
/// Memory and disk are looked at once in so many steps.
const STEPS: usize = 5;

/// What the services of a guest share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// Processes and threads.
    Processes,
    /// Memory of processes.
    Memory,
    /// The file systems that it can write to.
    Disk,
}

impl Resource {
    /// Why a service was ended that used too much of it.
    pub fn account(self) -> &'static str {
        match self {
            Self::Processes => {
                "it was ended because it started more processes or threads than a rehearsal allows (1,024, and 64 for each processor)"
            }
            Self::Memory => {
                "it was ended because it used more memory than a rehearsal allows (a quarter of this machine's)"
            }
            Self::Disk => {
                "it was ended because it filled the disk of the container (a quarter of this machine's memory)"
            }
        }
    }
}

/// A unit that was ended because it used too much.
#[derive(Clone, Debug)]
pub struct Excess {
    /// Its name.
    pub unit: String,
    /// What it used too much of.
    pub resource: Resource,
    /// When that was found.
    pub at: Instant,
}

/// Watches over a guest until it is finished.
pub struct Guard {
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<Vec<Excess>>>,
}

impl Guest {
    /// Begins to watch over the units of this guest.
    pub fn guard(&self) -> Guard {
        let is_over = Arc::new(AtomicBool::new(false));
        // The file system of changes is in the mount namespace of nspawn alone.
        let stage = PathBuf::from(format!("/proc/{}/root", self.stage_id()));
        let root = self.root();
        let disks = ["tmp", "run", "dev/shm"].map(|disk| root.join(disk));
        let disks = disks
            .into_iter()
            .chain([within(&stage, &self.setup().place)]);
        let mut watched = Watched {
            groups: root.join("sys/fs/cgroup"),
            disks: disks.collect(),
            written: BTreeMap::new(),
            ended: Vec::new(),
        };
        let thread = thread::spawn({
            let is_over = is_over.clone();
            move || {
                // Among thousands of processes that fork, this thread must get its turn. Without privileges it gets it later.
                let _ = rustix::process::setpriority_process(None, -20);
                let mut step = 0;
                while !is_over.load(Ordering::SeqCst) {
                    watched.look(step % STEPS == 0);
                    step += 1;
                    thread::sleep(STEP);
                }
                watched.ended
            }
        });
        Guard {
            is_over,
            thread: Some(thread),
        }
    }
}

impl Guard {
    /// Ends the watch. Returns the units that were ended.
    pub fn finish(mut self) -> Vec<Excess> {
        self.end()
    }

    fn end(&mut self) -> Vec<Excess> {
        self.is_over.store(true, Ordering::SeqCst);
        let ended = self.thread.take().map(JoinHandle::join);
        ended.and_then(Result::ok).unwrap_or_default()
    }
}

impl Drop for Guard {
    /// After an error too: processes of others get the IDs that those of the guest had.
    fn drop(&mut self) {
        self.end();
    }
}

struct Watched {
    groups: PathBuf,
    disks: Vec<PathBuf>,
    /// What processes have written, in bytes, by unit and process.
    written: BTreeMap<String, BTreeMap<String, u64>>,
    ended: Vec<Excess>,
}

impl Watched {
    fn look(&mut self, at_all: bool) {
        let mut units = BTreeMap::new();
        collect(&self.groups, &mut units);
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let most = MOST_THREADS + MOST_THREADS_OF_CORE * cores;
        for (unit, group) in &units {
            if lines(group, "cgroup.threads").len() > most {
                self.end(unit, Some(group), Resource::Processes);
            } else if at_all {
                let processes = lines(group, "cgroup.procs");
                if memory(&processes) > total_memory() / PART_OF_MEMORY {
                    self.end(unit, Some(group), Resource::Memory);
                }
                let written = self.written.entry(unit.clone()).or_default();
                written.extend(processes.iter().filter_map(|process| {
                    let bytes = number(process, "io", "wchar:")?;
                    Some((process.clone(), bytes))
                }));
            }
        }
        if at_all && self.disks.iter().any(|disk| is_full(disk)) {
            // All that a unit has written counts: the writer may have ended.
            let written = self.written.iter();
            let most = written.max_by_key(|(_, processes)| processes.values().sum::<u64>());
            if let Some(unit) = most.map(|(unit, _)| unit.clone()) {
                let group = units.get(&unit).map(PathBuf::as_path);
                self.end(&unit, group, Resource::Disk);
            }
        }
    }

    /// Kills the processes of a unit, all at once. Without a group it has ended by itself.
    fn end(&mut self, unit: &str, group: Option<&Path>, resource: Resource) {
        let is_known = |one: &Excess| one.unit == unit && one.resource == resource;
        if !self.ended.iter().any(is_known) {
            let (unit, at) = (unit.to_owned(), Instant::now());
            self.ended.push(Excess { unit, resource, at });
        }
        if let Some(group) = group {
            // It may end by itself meanwhile.
            let _ = fs::write(group.join("cgroup.kill"), "1");
        }
    }
}

/// Collects the control groups of services, by name.
fn collect(groups: &Path, into: &mut BTreeMap<String, PathBuf>) {
    for entry in fs::read_dir(groups).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".service") {
            into.insert(name, entry.path());
        } else if name.ends_with(".slice") {
            collect(&entry.path(), into);
        }
    }
}

/// The lines of a file of a control group and of those in it.
fn lines(group: &Path, file: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(group.join(file)).unwrap_or_default();
    let mut all: BTreeSet<String> = text.lines().map(str::to_owned).collect();
    for entry in fs::read_dir(group).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            all.extend(lines(&entry.path(), file));
        }
    }
    all
}

/// The memory that processes have for themselves, in bytes.
fn memory(processes: &BTreeSet<String>) -> u64 {
    let of = |process: &String| number(process, "status", "RssAnon:");
    processes.iter().filter_map(of).sum::<u64>() * 1024
}

/// A number in a file about a process, after this word.
fn number(process: &str, file: &str, word: &str) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/{file}")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(word))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The machine's memory, in bytes.
pub(super) fn total_memory() -> u64 {
    let info = rustix::system::sysinfo();
    info.totalram.saturating_mul(u64::from(info.mem_unit))
}

fn is_full(disk: &Path) -> bool {
    statvfs(disk).is_ok_and(|disk| {
        disk.f_bavail < disk.f_blocks / PART_OF_DISK || disk.f_favail < disk.f_files / PART_OF_DISK
    })
}
