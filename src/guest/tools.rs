//! What a guest needs of the machine.

use std::fs;

use anyhow::{Result, bail};

use crate::search_path;

/// The programs that a guest needs, each with the package that Debian has it in.
const TOOLS: [(&str, &str); 3] = [
    ("systemd-nspawn", "systemd-container"),
    ("unshare", "util-linux"),
    ("nsenter", "util-linux"),
];

/// Fails with the reason if this machine can't run guests.
pub fn check() -> Result<()> {
    if !rustix::process::geteuid().is_root() {
        bail!("a rehearsal boots a systemd of its own, which needs root: use sudo");
    }
    if !may_mount() {
        bail!(
            "root may not mount file systems here (CAP_SYS_ADMIN is missing), as in many containers: rehearse outside of it"
        );
    }
    for (tool, package) in TOOLS {
        if search_path::find(tool).is_none() {
            bail!(
                "{tool} is not on PATH: install {package} (Debian's name; nix shell nixpkgs#{})",
                if package == "util-linux" {
                    "util-linux"
                } else {
                    "systemd"
                }
            );
        }
    }
    let known = fs::read_to_string("/proc/filesystems").unwrap_or_default();
    let has = |name| known.split_whitespace().any(|word| word == name);
    if !has("overlay") {
        bail!(
            "the kernel has no overlayfs, with which a guest sees this machine without changing it: modprobe overlay"
        );
    }
    if !has("cgroup2") {
        bail!("the kernel has no cgroup2, which the systemd of a guest needs");
    }
    Ok(())
}

/// Whether this process has `CAP_SYS_ADMIN`, number 21 of linux/capability.h (`CapEff` in proc_pid_status(5)).
fn may_mount() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("CapEff:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // Without /proc, mounting tells.
    mask.is_none_or(|mask| mask & 1 << 21 != 0)
}
