//! The memory that programs started here can still get: what the machine has available, and what control groups leave.

use std::fs;
use std::path::Path;

/// Where systemd and container engines mount the hierarchies of control groups.
const HIERARCHIES: &str = "/sys/fs/cgroup";

/// Returns the memory that programs can use without swapping, in bytes: `MemAvailable` of proc_meminfo(5), or less if a control group
/// that this process is in has a limit.
pub fn available() -> Option<u64> {
    let of_machine = size(Path::new("/proc/meminfo"), "MemAvailable:");
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    of_machine
        .into_iter()
        .chain(room(Path::new(HIERARCHIES), &groups))
        .min()
}

/// Returns what the limits of control groups leave, in bytes; `None` if there is no limit. `groups` is the text of /proc/PID/cgroup
/// (cgroups(7)).
fn room(hierarchies: &Path, groups: &str) -> Option<u64> {
    let limits = groups.lines().filter_map(|line| {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, group) = (parts.next()?, parts.next()?);
        let group = group.trim_start_matches('/');
        if controllers.is_empty() {
            let names = ["memory.max", "memory.current", "inactive_file "];
            // In a hybrid hierarchy, the second version has a directory of its own.
            let tops = ["", "unified"].map(|top| hierarchies.join(top));
            return tops
                .iter()
                .filter_map(|top| tightest(top, group, names))
                .min();
        }
        let has_memory = controllers.split(',').any(|name| name == "memory");
        let names = [
            "memory.limit_in_bytes",
            "memory.usage_in_bytes",
            "total_inactive_file ",
        ];
        has_memory
            .then(|| tightest(&hierarchies.join("memory"), group, names))
            .flatten()
    });
    limits.min()
}

/// The least that a group and those above it leave. `names`: the file of the limit, that of the usage, and the field of memory.stat for
/// files that the kernel can drop.
fn tightest(top: &Path, group: &str, [limit, usage, droppable]: [&str; 3]) -> Option<u64> {
    let group = top.join(group);
    let groups = group.ancestors().take_while(|group| group.starts_with(top));
    let left = groups.filter_map(|group| {
        let read = |name: &str| {
            let text = fs::read_to_string(group.join(name)).ok()?;
            text.trim().parse::<u64>().ok()
        };
        let used = read(usage)?;
        let droppable = field(&group.join("memory.stat"), droppable).unwrap_or_default();
        Some(read(limit)?.saturating_sub(used.saturating_sub(droppable)))
    });
    left.min()
}

/// Reads a number of bytes from a file of the kernel whose lines are a name and a number.
fn field(file: &Path, name: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().parse().ok()
}

/// Reads a size from a file of the kernel whose lines are a name and a number of KiB. Returns it in bytes.
pub fn size(file: &Path, name: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use anyhow::Result;

    use super::*;

    fn write(top: &Path, group: &str, files: &[(&str, &str)]) -> Result<()> {
        fs::create_dir_all(top.join(group))?;
        for (name, text) in files {
            fs::write(top.join(group).join(name), text)?;
        }
        Ok(())
    }

    #[test]
    fn the_tightest_control_group_counts() -> Result<()> {
        let scratch = tempfile::tempdir()?;
        let top = scratch.path();
        let slice = [
            ("memory.max", "1000\n"),
            ("memory.current", "700\n"),
            ("memory.stat", "anon 600\ninactive_file 100\nfile 100\n"),
        ];
        write(top, "ci.slice", &slice)?;
        let unlimited = [("memory.max", "max\n"), ("memory.current", "650\n")];
        write(top, "ci.slice/job.service", &unlimited)?;
        let groups = |text: &str| room(top, text);
        assert_eq!(groups("0::/ci.slice/job.service\n"), Some(400));
        assert_eq!(groups("0::/other.slice\n"), None);
        assert_eq!(groups("0::/\n"), None);
        let old = [
            ("memory.limit_in_bytes", "900\n"),
            ("memory.usage_in_bytes", "950\n"),
        ];
        write(top, "memory/docker/1", &old)?;
        let both = "4:cpu,memory:/docker/1\n0::/ci.slice\n";
        assert_eq!(groups(both), Some(0));
        write(
            top,
            "unified/ci.slice",
            &[("memory.max", "10"), ("memory.current", "1")],
        )?;
        assert_eq!(groups("0::/ci.slice\n"), Some(9));
        Ok(())
    }
}
