//! The units of a guest: those that it is given, and besides those only what services need to start.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use anyhow::{Context, Result};

/// The target that a guest boots.
pub const TARGET: &str = "confinix-guest.target";

const TARGET_TEXT: &str = "\
[Unit]
Description=A guest of confinix
Requires=basic.target
After=basic.target
AllowIsolate=yes
";

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
    "etc/systemd/system",
];

/// Replaces the units in /etc of the tree at `root` by those in `given`.
pub(super) fn install(root: &Path, given: &Path) -> Result<()> {
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
    let units = root.join("etc/systemd/system");
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
    copy(given, &units).context("cannot copy the units to the guest")?;
    fs::write(units.join(TARGET), TARGET_TEXT).context("cannot write the guest's target")
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
