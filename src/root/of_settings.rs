//! Builds a root from settings: the only place that knows which settings mount what.

use std::borrow::Cow;

use super::{Devices, Mount, MountKind, Root};
use crate::service::{Settings, Strategy};
use crate::store::{StoreDir, StorePath};
use crate::systemd::{
    ExecDirectories, Setting, all_binds, asks_for_private_tmp, has_api_file_systems, path_entries,
    raw_words, simplified, temporary_file_systems,
};

/// Everything that determines a root.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// The directory of the store.
    pub store_dir: &'a StoreDir,
    /// The unit's own settings.
    pub own: &'a Settings,
    /// The settings of its drop-in, besides the binds of the closure and of /bin/sh.
    pub confinement: &'a Settings,
    /// The program that is shown as /bin/sh.
    pub bin_sh: Option<&'a str>,
    /// Whether /bin/sh is missing where the view leaves out that program.
    pub may_hide_shell: bool,
    /// The closure.
    pub closure: &'a [StorePath],
    /// The strategy.
    pub strategy: Strategy,
    /// Whether the unit keeps its own root.
    pub is_adopted: bool,
}

impl<'a> Root<'a> {
    /// The root that systemd makes of a unit and its drop-in.
    pub fn new(parts: Parts<'a>) -> Self {
        let settings = parts.own.clone().followed_by(parts.confinement);
        // The drop-in of an adopted service repeats the binds of its own that stay.
        let binding = if parts.is_adopted {
            parts.confinement
        } else {
            &settings
        };
        let mut mounts = binds(binding);
        mounts.extend(parts.bin_sh.map(|program| Mount {
            optional: parts.may_hide_shell,
            ..Mount::shell(program)
        }));
        mounts.extend(directories(&settings));
        mounts.extend(implied(&settings));
        mounts.extend(empty(&settings));
        let of_root = |setting| {
            let entries = path_entries(&settings, setting).into_iter();
            // An entry without + is a path of the host and does not affect the root.
            entries.filter(|entry| entry.is_of_root)
        };
        mounts.extend(of_root("InaccessiblePaths").map(|entry| Mount {
            optional: entry.is_optional,
            word: Some(entry.word),
            ..Mount::new(entry.path, MountKind::Inaccessible)
        }));
        Self {
            store_dir: parts.store_dir,
            closure: parts.closure,
            strategy: parts.strategy,
            is_adopted: parts.is_adopted,
            mounts,
            read_only: of_root("ReadOnlyPaths").collect(),
            read_write: of_root("ReadWritePaths").collect(),
        }
    }
}

fn binds<'a>(settings: &Settings) -> Vec<Mount<'a>> {
    all_binds(settings)
        .map(|(setting, bind)| Mount {
            optional: bind.is_optional(),
            read_only: setting == Setting::BindReadOnlyPaths,
            kind: MountKind::Bind {
                source: Cow::Owned(bind.source),
            },
            target: Cow::Owned(bind.target),
            word: Some(bind.word),
        })
        .collect()
}

/// In a root, the directories of a dynamic user are at their usual places, not in /var/lib/private and its like
/// (`compile_bind_mounts`).
fn directories<'a>(settings: &Settings) -> Vec<Mount<'a>> {
    let mut mounts = Vec::new();
    for kind in ExecDirectories::ALL {
        for directory in kind.of(settings) {
            if let Some(link) = directory.link {
                let target = Cow::Owned(directory.path.clone());
                mounts.push(Mount::new(link, MountKind::Link { target }));
            }
            mounts.push(Mount::new(directory.path, MountKind::Directory(kind)));
        }
    }
    mounts
}

/// Mounts of boolean settings, which may imply one another. Invalid values count as unset.
fn implied<'a>(settings: &Settings) -> Vec<Mount<'a>> {
    let is_on = |setting| matches!(settings.boolean(setting), Ok(Some(true)));
    let has_api = has_api_file_systems(settings);
    let mut mounts = Vec::new();
    if matches!(asks_for_private_tmp(settings), Ok(Some(true))) || is_on("DynamicUser") {
        for place in ["/tmp", "/var/tmp"] {
            mounts.push(Mount::new(place, MountKind::PrivateTmp));
        }
    }
    if is_on("PrivateDevices") {
        let kind = MountKind::Devices(Devices::Few);
        mounts.push(Mount {
            read_only: true,
            ..Mount::new("/dev", kind)
        });
    } else if has_api {
        mounts.push(Mount::new("/dev", MountKind::Devices(Devices::All)));
    }
    if has_api {
        mounts.push(Mount::new("/proc", MountKind::Processes));
        mounts.push(Mount::new("/sys", MountKind::Kernel));
        mounts.push(Mount::new("/run", MountKind::Run));
    }
    mounts
}

fn empty<'a>(settings: &Settings) -> Vec<Mount<'a>> {
    let values = settings.list("TemporaryFileSystem").iter();
    let words = values.flat_map(|value| raw_words(value));
    words
        .filter_map(|word| {
            let mounted = temporary_file_systems(&word).next()?;
            let kind = MountKind::Empty { mode: mounted.mode };
            Some(Mount {
                read_only: mounted.is_read_only,
                word: Some(word),
                ..Mount::new(simplified(&mounted.path), kind)
            })
        })
        .collect()
}
