//! What a guest needs of the machine.

use std::fs;
use std::path::Path;

use anyhow::{Result, bail};

use crate::search_path;

/// The programs that a guest needs, each with the package that Debian has it in.
const TOOLS: [(&str, &str); 3] = [
    ("systemd-nspawn", "systemd-container"),
    ("unshare", "util-linux"),
    ("nsenter", "util-linux"),
];

/// Where systemd-nspawn looks for what it boots.
const INIT: [&str; 3] = [
    "usr/lib/systemd/systemd",
    "lib/systemd/systemd",
    "sbin/init",
];

/// Fails if the tree at `root` has nothing to boot.
pub(super) fn check_tree(root: &Path) -> Result<()> {
    let exists = |path: &&str| fs::symlink_metadata(root.join(path)).is_ok();
    if !INIT.iter().any(exists) {
        bail!(
            "{} has no systemd where systemd-nspawn looks for it (/usr/lib/systemd, /sbin/init): name a tree that has, with --root; NixOS itself is none (debootstrap --include=systemd,dbus trixie DIR makes one)",
            root.display()
        );
    }
    Ok(())
}

/// Fails with the reason if this machine can't run guests.
pub fn check() -> Result<()> {
    if !rustix::process::geteuid().is_root() {
        bail!("a rehearsal boots a systemd of its own, which needs root: use sudo");
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
