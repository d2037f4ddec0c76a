//! The units of a guest: those that it is given, and besides those only what services need to start.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use anyhow::{Context, Result};

use crate::systemd::DROP_IN_NAME;

/// The target that a guest boots.
pub const TARGET: &str = "confinix-guest.target";

const TARGET_TEXT: &str = "\
[Unit]
Description=A guest of confinix
Requires=basic.target
Wants=systemd-journald.socket systemd-journald-dev-log.socket systemd-journald.service dbus.socket
After=basic.target
AllowIsolate=yes
";

/// Where units are that a machine has itself.
pub(super) const SYSTEM_UNITS: &str = "etc/systemd/system";

/// Targets whose units a distribution starts at boot.
const STARTED: [&str; 6] = [
    "sysinit.target.wants",
    "basic.target.wants",
    "local-fs.target.wants",
    "sockets.target.wants",
    "timers.target.wants",
    "paths.target.wants",
];

/// Units of the distribution that start at boot nevertheless, by the beginning of their names.
const KEPT: [&str; 3] = ["systemd-journald", "slices.target", "dbus.socket"];

/// A service that is never ready or never ends must not hold up the others for long.
const MANAGER: &str = "\
[Manager]
DefaultTimeoutStartSec=45s
DefaultTimeoutStopSec=15s
";

/// Files of the host that would change what its systemd does in a guest.
const REMOVED: [&str; 4] = [
    "etc/fstab",
    "etc/systemd/system.conf.d",
    "etc/systemd/journald.conf.d",
    SYSTEM_UNITS,
];

/// Replaces the units in /etc of the tree at `root` by those in `given`. `base`: the directory in which a NixOS system has all its units,
/// those of systemd too, which `given` come on top of.
pub(super) fn install(root: &Path, given: &Path, base: Option<&Path>) -> Result<()> {
    for path in REMOVED {
        let path = root.join(path);
        let Ok(kind) = fs::symlink_metadata(&path) else {
            continue;
        };
        if kind.is_dir() {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        }
        .with_context(|| format!("cannot remove {} in the guest", path.display()))?;
    }
    let manager = root.join("etc/systemd/system.conf.d");
    fs::create_dir_all(&manager)
        .and_then(|()| fs::write(manager.join("confinix.conf"), MANAGER))
        .context("cannot configure the guest's systemd")?;
    let units = root.join(SYSTEM_UNITS);
    fs::create_dir_all(&units).context("cannot create the guest's directory of units")?;
    for library in ["usr/lib/systemd/system", "lib/systemd/system"] {
        for wants in STARTED {
            let started = fs::read_dir(root.join(library).join(wants));
            for entry in started.into_iter().flatten().flatten() {
                let name = entry.file_name();
                let shown = name.to_string_lossy();
                if !KEPT.iter().any(|kept| shown.starts_with(kept)) {
                    // Both directories are often one.
                    let _ = symlink("/dev/null", units.join(&name));
                }
            }
        }
    }
    if let Some(base) = base {
        link(base, &units, true).context("cannot link the units of the system")?;
    }
    copy(given, &units).context("cannot copy the units to the guest")?;
    fs::write(units.join(TARGET), TARGET_TEXT).context("cannot write the guest's target")
}

/// Whether an entry of a directory of units stays out of a guest: the directories of targets start units at boot, and confinement may
/// already be deployed.
pub fn stays_behind(name: &str) -> bool {
    let of_targets = [".target.wants", ".target.requires", ".target.upholds"];
    name == DROP_IN_NAME || of_targets.iter().any(|end| name.ends_with(end))
}

/// Links units of a system, but for what stays behind, and the directories among them if it `has_more`: systemd reads none below those,
/// and links there may lead back.
fn link(from: &Path, to: &Path, has_more: bool) -> Result<()> {
    for entry in fs::read_dir(from).with_context(|| format!("cannot list {}", from.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        if stays_behind(&name.to_string_lossy()) {
            continue;
        }
        let place = to.join(&name);
        if entry.path().is_dir() {
            if has_more {
                fs::create_dir_all(&place)?;
                link(&entry.path(), &place, false)?;
            }
            continue;
        }
        // An alias leads to another unit of this directory.
        let target = fs::read_link(entry.path()).unwrap_or_else(|_| entry.path());
        let is_alias = target.parent() == Some(Path::new(""));
        let target = if is_alias || target.is_absolute() {
            target
        } else {
            fs::canonicalize(entry.path()).unwrap_or(target)
        };
        symlink(target, &place)
            .with_context(|| format!("cannot link {}", entry.path().display()))?;
    }
    Ok(())
}

/// Copies a directory tree over another: what is given replaces what is there. Links are copied as links.
pub(super) fn copy(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from).with_context(|| format!("cannot list {}", from.display()))? {
        let entry = entry?;
        let place = to.join(entry.file_name());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            fs::create_dir_all(&place)?;
            copy(&entry.path(), &place)?;
            continue;
        }
        if fs::symlink_metadata(&place).is_ok() {
            fs::remove_file(&place)?;
        }
        if kind.is_symlink() {
            symlink(fs::read_link(entry.path())?, &place)?;
        } else {
            fs::copy(entry.path(), &place)
                .with_context(|| format!("cannot copy {}", entry.path().display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relations_of_services_come_along_and_what_boots_stays_behind() -> Result<()> {
        let dir = tempfile::tempdir()?;
        let (from, to) = (dir.path().join("from"), dir.path().join("to"));
        fs::create_dir_all(&to)?;
        for file in [
            "web.service",
            "web.service.wants/cache.service",
            "web.service.d/own.conf",
            "web.service.d/zz-confinement.conf",
            "multi-user.target.wants/web.service",
            "multi-user.target",
        ] {
            let file = from.join(file);
            fs::create_dir_all(file.parent().unwrap_or(&from))?;
            fs::write(file, "")?;
        }
        // systemd reads no directories below those.
        symlink("..", from.join("web.service.d/loop.d"))?;
        link(&from, &to, true)?;
        let is_there = |file: &str| to.join(file).exists();
        assert!(is_there("web.service.wants/cache.service") && is_there("web.service.d/own.conf"));
        assert!(is_there("web.service") && is_there("multi-user.target"));
        assert!(!is_there("multi-user.target.wants"));
        assert!(!is_there("web.service.d/zz-confinement.conf"));
        assert!(!is_there("web.service.d/loop.d"));
        Ok(())
    }
}
