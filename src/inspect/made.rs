//! What systemd makes in the root of a service, besides what is bound into it.

use super::found::Found;
use crate::service::Settings;
use crate::store::below;
use crate::systemd::{
    ExecDirectories, has_api_file_systems, has_private_tmp, temporary_file_systems,
};

/// The directories that systemd makes in an empty root (`base_filesystem_create`).
pub(crate) const BASE: [&str; 9] = [
    "/", "/dev", "/etc", "/proc", "/root", "/run", "/sys", "/usr", "/var",
];

/// What `MountAPIVFS=` mounts.
const API: [&str; 3] = ["/proc", "/sys", "/dev"];

/// What a service has of /dev with `PrivateDevices=` (`mount_private_dev`).
const DEVICES: [&str; 17] = [
    "core",
    "fd",
    "full",
    "hugepages",
    "log",
    "mqueue",
    "null",
    "ptmx",
    "pts",
    "random",
    "shm",
    "stderr",
    "stdin",
    "stdout",
    "tty",
    "urandom",
    "zero",
];

/// Empty when the service starts: what is there, its own commands have made.
const FRESH: [&str; 2] = ["/tmp", "/var/tmp"];

/// What systemd makes.
pub(super) struct Made {
    /// Directories that are there, whose content is not known.
    open: Vec<String>,
    /// Those of them that are empty and stay so.
    sealed: Vec<String>,
    /// Those of them in which there is nothing of what the kernel shows there otherwise.
    hidden: Vec<String>,
    /// Whether only [`DEVICES`] are in /dev.
    has_few_devices: bool,
    /// Whether nothing else can be written to; none: some of it.
    is_read_only: Option<bool>,
}

impl Made {
    /// By these settings. A command with `+` has its root to write to, and none of the file systems that sandboxing mounts.
    pub(super) fn new(settings: &Settings, is_privileged: bool) -> Self {
        let is_on = |setting| matches!(settings.boolean(setting), Ok(Some(true)));
        let has_private_devices = is_on("PrivateDevices");
        let mut open = directories(settings);
        let mut sealed = Vec::new();
        let has_api = has_api_file_systems(settings);
        let mut hidden = Vec::new();
        let values = settings.list("TemporaryFileSystem").iter();
        for mounted in values.flat_map(|value| temporary_file_systems(value)) {
            if mounted.is_read_only {
                sealed.push(mounted.path.clone());
            }
            // The file systems of the kernel go over it.
            if !has_api && API.contains(&mounted.path.as_str()) {
                hidden.push(mounted.path.clone());
            }
            open.push(mounted.path);
        }
        if !is_privileged {
            if has_api {
                open.extend(API.map(str::to_owned));
            } else if has_private_devices {
                open.push("/dev".to_owned());
            }
            if matches!(has_private_tmp(settings), Ok(true)) {
                open.extend(FRESH.map(str::to_owned));
            }
        }
        let has_exceptions = !settings.list("ReadWritePaths").is_empty();
        Self {
            open,
            sealed,
            hidden,
            has_few_devices: has_private_devices,
            is_read_only: (!has_exceptions).then_some(!is_privileged),
        }
    }

    /// What stands at a path, if it is systemd that tells.
    pub(super) fn look(&self, path: &str) -> Option<Found> {
        if self.open.iter().any(|open| open == path) || BASE.contains(&path) {
            return Some(Found::Directory);
        }
        if self.open.iter().any(|open| below(path, open).is_some()) {
            let device = path.strip_prefix("/dev/").filter(|_| self.has_few_devices);
            let is_absent = device
                .and_then(|device| device.split('/').next())
                .is_some_and(|device| !DEVICES.contains(&device));
            let mut empty = self.sealed.iter().chain(&self.hidden);
            let is_sealed = empty.any(|sealed| below(path, sealed).is_some());
            return Some(if is_absent || is_sealed || self.is_fresh(path) {
                Found::Missing
            } else {
                Found::Unknown
            });
        }
        let is_above = self.open.iter().any(|open| below(open, path).is_some());
        is_above.then_some(Found::Directory)
    }

    pub(super) fn is_fresh(&self, path: &str) -> bool {
        let is_in = |fresh: &&str| below(path, fresh).is_some();
        FRESH
            .iter()
            .filter(|fresh| self.open.iter().any(|open| open == *fresh))
            .any(is_in)
    }

    /// Whether files can be made in a directory that is there.
    pub(super) fn is_writable(&self, dir: &str) -> Option<bool> {
        if self.sealed.iter().any(|sealed| sealed == dir) {
            return Some(false);
        }
        if self.open.iter().any(|open| below(dir, open).is_some()) {
            return None;
        }
        self.is_read_only.map(|read_only| !read_only)
    }
}

fn directories(settings: &Settings) -> Vec<String> {
    let mut open: Vec<String> = Vec::new();
    let is_dynamic = matches!(settings.boolean("DynamicUser"), Ok(Some(true)));
    for kind in ExecDirectories::ALL {
        for directory in kind.of(settings) {
            // Where they are for a user that is made for the service.
            let name = directory.path.strip_prefix(kind.parent());
            if let (true, Some(name)) = (is_dynamic, name) {
                open.push(format!("{}/private{name}", kind.parent()));
            }
            open.push(directory.path);
            open.extend(directory.link);
        }
    }
    // Sockets of systemd, credentials.
    open.extend(["/run/systemd", "/run/credentials", "/run/host"].map(str::to_owned));
    open
}
