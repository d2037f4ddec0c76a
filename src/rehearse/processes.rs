//! The processes of a control group.

use std::fs;
use std::path::Path;

/// The IDs of the processes of a group and of those in it.
pub fn processes(group: &Path) -> Vec<String> {
    let mut found = Vec::new();
    collect(group, &mut found);
    found
}

fn collect(group: &Path, into: &mut Vec<String>) {
    let processes = fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default();
    into.extend(processes.lines().map(str::to_owned));
    for entry in fs::read_dir(group).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            collect(&entry.path(), into);
        }
    }
}

/// Whether a thread of the group runs, waits for a processor, or for a disk (proc_pid_stat(5)).
pub fn is_at_work(group: &Path) -> bool {
    let mut threads = processes(group).into_iter().flat_map(|process| {
        let tasks = fs::read_dir(format!("/proc/{process}/task"));
        tasks.into_iter().flatten().flatten()
    });
    threads.any(|thread| {
        let stat = fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
        // The name before it may have parentheses.
        let state = stat
            .rsplit_once(") ")
            .and_then(|(_, rest)| rest.chars().next());
        matches!(state, Some('R' | 'D'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_runs_is_at_work() -> anyhow::Result<()> {
        let group = tempfile::tempdir()?;
        assert!(!is_at_work(group.path()));
        let inner = group.path().join("a/b");
        fs::create_dir_all(&inner)?;
        let own = std::process::id().to_string();
        fs::write(inner.join("cgroup.procs"), format!("{own}\n"))?;
        assert_eq!(processes(group.path()), [own]);
        // The thread that asks runs.
        assert!(is_at_work(group.path()));
        Ok(())
    }
}
