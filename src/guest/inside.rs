//! Prepares the guest's mounts, and becomes systemd-nspawn.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};
use rustix::mount::{MountFlags, mount, mount_bind_recursive, mount_remount};

use super::tree::{CURRENT_SYSTEM, Tree};
use super::units::{self, SYSTEM_UNITS, TARGET};
use super::{Setup, control_group, nixos, within};

/// A share of the machine's memory, so that a service that fills its disk does not fill the memory.
const SIZE: &std::ffi::CStr = c"size=25%,mode=0755";
/// The journal of the host would be read with that of the guest.
const JOURNAL: &str = "var/log/journal";
/// As many loop devices are shown to a guest, for the images of views.
const LOOP_DEVICES: u32 = 32;
/// The number of the device class.
const LOOP_MAJOR: u32 = 7;

/// Becomes systemd-nspawn with the guest of this setup. Runs in a mount namespace of its own, whose mounts end with the guest. Returns
/// only the error.
pub fn become_guest(setup: &Setup) -> Result<()> {
    setup.check()?;
    control_group::enter(&setup.name)?;
    let place = &setup.place;
    mount("none", place, "tmpfs", MountFlags::empty(), Some(SIZE))
        .with_context(|| format!("cannot mount a file system at {}", place.display()))?;
    let tree = Tree::at(&setup.root, &setup.store)?;
    let empty = place.join("empty");
    let (lower, system) = match &tree {
        Tree::Distribution => (&setup.root, None),
        Tree::Nixos { system, is_alone } => {
            fs::create_dir(&empty)?;
            let lower = if *is_alone { &empty } else { &setup.root };
            (lower, Some((system, *is_alone)))
        }
    };
    let root = overlay(lower, place, "root")?;
    show_store(setup, &root)?;
    if let Some((system, is_alone)) = system {
        nixos::install(&root, system, is_alone)?;
    }
    let base = system.map(|(system, _)| system.join(SYSTEM_UNITS));
    units::install(&root, &setup.units, base.as_deref())?;
    let journal = root.join(JOURNAL);
    if journal.is_dir() {
        mount("none", &journal, "tmpfs", MountFlags::empty(), None)
            .context("cannot hide the journal of this machine")?;
    }

    let mut nspawn = Command::new("systemd-nspawn");
    nspawn.args([
        "--quiet",
        "--boot",
        "--register=no",
        "--keep-unit",
        "--console=pipe",
    ]);
    nspawn.args(["--link-journal=no", "--timezone=off"]);
    if setup.has_network {
        nspawn.arg("--resolv-conf=copy-host");
    } else {
        nspawn.args(["--private-network", "--resolv-conf=off"]);
    }
    nspawn.arg(format!("--machine={}", setup.name));
    nspawn.arg(format!("--directory={}", root.display()));
    for (index, path) in setup.with.iter().enumerate() {
        let path =
            fs::canonicalize(path).with_context(|| format!("cannot show {}", path.display()))?;
        nspawn.arg(shown(&path, place, index)?);
    }
    if let Some((system, _)) = system {
        nspawn.arg(format!("--bind-ro={}:{CURRENT_SYSTEM}", system.display()));
    }
    for device in loop_devices(place)? {
        nspawn.arg(device);
    }
    // Services of the guest may need what nspawn's own filter refuses; each has the filters of its unit.
    nspawn.env("SYSTEMD_SECCOMP", "0");
    nspawn.env("SYSTEMD_NSPAWN_UNIFIED_HIERARCHY", "1");
    nspawn.arg(format!("systemd.unit={TARGET}"));
    nspawn.arg("systemd.show_status=no");
    Err(nspawn.exec()).context("cannot start systemd-nspawn")
}

/// Mounts an overlay over a directory, which takes all changes to it. Returns where it is.
fn overlay(lower: &Path, place: &Path, name: &str) -> Result<PathBuf> {
    let [upper, work, merged] = ["upper", "work", "merged"].map(|part| {
        let mut directory = place.join(name).into_os_string();
        directory.push("-");
        directory.push(part);
        PathBuf::from(directory)
    });
    for directory in [&upper, &work, &merged] {
        fs::create_dir(directory)?;
    }
    // Without redirect_dir, a directory of the host can't be renamed, as systemd does with the directories of dynamic users.
    let options = format!(
        "lowerdir={},upperdir={},workdir={},redirect_dir=on",
        lower.display(),
        upper.display(),
        work.display()
    );
    let options = std::ffi::CString::new(options)?;
    mount(
        "none",
        &merged,
        "overlay",
        MountFlags::empty(),
        options.as_c_str(),
    )
    .with_context(|| format!("cannot mount an overlay over {}", lower.display()))?;
    Ok(merged)
}

/// Shows the store, read-only.
fn show_store(setup: &Setup, root: &Path) -> Result<()> {
    let place = within(root, &setup.store);
    let context = || format!("cannot show {} to the guest", setup.store.display());
    fs::create_dir_all(&place).with_context(context)?;
    mount_bind_recursive(&setup.store, &place).with_context(context)?;
    mount_remount(&place, MountFlags::BIND | MountFlags::RDONLY, c"").with_context(context)
}

/// Returns the option for nspawn that shows a directory through an overlay, or a file read-only. nspawn mounts it over its own /tmp and
/// /run.
fn shown(path: &Path, place: &Path, index: usize) -> Result<String> {
    if fs::metadata(path)?.is_dir() {
        let merged = overlay(path, place, &format!("with-{index}"))?;
        return Ok(format!("--bind={}:{}", merged.display(), path.display()));
    }
    Ok(format!("--bind-ro={}", path.display()))
}

/// Returns options for nspawn that show loop devices: an image on the guest's overlay can't be mounted without one.
fn loop_devices(place: &Path) -> Result<Vec<String>> {
    let control = Path::new("/dev/loop-control");
    if !control.exists() {
        return Ok(Vec::new());
    }
    let directory = place.join("devices");
    fs::create_dir(&directory)?;
    let mut options = vec![format!("--bind={}", control.display())];
    for number in 0..LOOP_DEVICES {
        let device = directory.join(format!("loop{number}"));
        let mode = Mode::RUSR | Mode::WUSR;
        mknodat(
            CWD,
            &device,
            FileType::BlockDevice,
            mode,
            makedev(LOOP_MAJOR, number),
        )
        .context("cannot create a loop device")?;
        options.push(format!("--bind={}:/dev/loop{number}", device.display()));
    }
    Ok(options)
}
