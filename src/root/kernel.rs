//! What the kernel has mounted in the root of a process, in the types of a [`Root`](super::Root).

use std::collections::HashMap;
use std::path::Path;

use super::{Devices, KernelMount, Mount, MountKind, MountTable};
use crate::store::{StoreDir, below};

/// The directory of the files that systemd mounts over inaccessible paths.
const INACCESSIBLE: [&str; 2] = ["/run/systemd/inaccessible/", "/run/host/inaccessible/"];

/// The prefix of the directories that systemd creates for temporary files.
const PRIVATE_TMP: &str = "systemd-private-";

/// The host's directory of views.
const VIEWS: &str = "/run/confinix/view/";

impl MountTable {
    /// The mounts that are visible in the root of this table's process, by place; `host` is the table of the host. Omits the
    /// root itself, mounts within the kernel's file systems, and paths that are not UTF-8.
    pub fn mounts(&self, host: &Self, dir: &StoreDir) -> Vec<Mount<'static>> {
        let visible = self.visible().into_iter();
        let mut seen: Vec<_> = visible.filter_map(|mount| mount.shown(host, dir)).collect();
        seen.sort_by(|one, other| one.target.cmp(&other.target));
        seen
    }

    /// The mounts that are visible in the root of this table's process. Omits the root itself and mounts within the kernel's file
    /// systems.
    ///
    /// A mount is not visible if another covers it: one at or above its place, on it or on one of its parents.
    pub fn visible(&self) -> Vec<&KernelMount> {
        let by_id: HashMap<u32, &KernelMount> =
            self.0.iter().map(|mount| (mount.id, mount)).collect();
        let mut on: HashMap<(u32, &Path), Vec<u32>> = HashMap::new();
        for mount in &self.0 {
            let place = (mount.parent, mount.place.as_path());
            on.entry(place).or_default().push(mount.id);
        }
        let is_seen = |mount: &&KernelMount| {
            let mut way = vec![mount.id];
            let mut here = *mount;
            while let Some(parent) = by_id.get(&here.parent) {
                if way.contains(&parent.id) {
                    break;
                }
                way.push(parent.id);
                here = parent;
            }
            let covers = |below: u32, place: &Path| {
                let over = on.get(&(below, place)).into_iter().flatten();
                over.copied().any(|id| !way.contains(&id))
            };
            let mut above = mount.place.ancestors();
            !above.any(|place| way.iter().any(|below| covers(*below, place)))
        };
        let mounts = self.0.iter();
        mounts
            .filter(|mount| mount.place != Path::new("/") && !is_of_kernel(&mount.place))
            .filter(is_seen)
            .collect()
    }
}

/// Whether a place is below /dev, /proc or /sys: mounts there belong to the kernel, or protect it.
fn is_of_kernel(place: &Path) -> bool {
    let mut above = place.ancestors().skip(1);
    above.any(|above| {
        ["/dev", "/proc", "/sys"]
            .iter()
            .any(|api| above == Path::new(api))
    })
}

impl KernelMount {
    /// What it shows, with paths of the `host`; `None` if its place is not UTF-8.
    pub fn shown(&self, host: &MountTable, dir: &StoreDir) -> Option<Mount<'static>> {
        shown(self, host, dir)
    }
}

fn shown(mount: &KernelMount, host: &MountTable, dir: &StoreDir) -> Option<Mount<'static>> {
    let target = mount.place.to_str()?.to_owned();
    let place = host.place_of(mount);
    let source = place.as_deref().and_then(Path::to_str);
    let kind = match (target.as_str(), source) {
        ("/dev", Some("/dev")) => MountKind::Devices(Devices::All),
        ("/dev", None) => MountKind::Devices(Devices::Few),
        ("/sys", None | Some("/sys")) => MountKind::Kernel,
        _ if mount.file_system == "proc" => MountKind::Processes,
        ("/run", None) => MountKind::Run,
        (_, None) => MountKind::Empty {
            mode: mount
                .option("mode")
                .and_then(|mode| u32::from_str_radix(&mode, 8).ok()),
        },
        (_, Some(source)) => bound(source, &target, dir),
    };
    Some(Mount {
        read_only: mount.read_only,
        ..Mount::new(target, kind)
    })
}

/// What is bound from a path of the host. A directory that systemd creates looks like a bind of the unit.
fn bound(source: &str, target: &str, dir: &StoreDir) -> MountKind<'static> {
    let is_in = |places: &[&str]| places.iter().any(|place| source.starts_with(place));
    let mut parts = source.split('/');
    if is_in(&INACCESSIBLE) {
        return MountKind::Inaccessible;
    }
    if parts.any(|part| part.starts_with(PRIVATE_TMP)) {
        return MountKind::PrivateTmp;
    }
    let is_store = target == dir.as_str();
    let is_store_path = dir
        .owner(target)
        .is_some_and(|path| path.as_str() == target);
    let source = source.to_owned().into();
    match target {
        "/bin/sh" => MountKind::Shell { source },
        _ if is_store && below(&source, VIEWS).is_some() => MountKind::View { source },
        _ if is_store_path => MountKind::StorePath { source },
        _ => MountKind::Bind { source },
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Result;

    use super::*;

    /// A service on systemd 252 with mode `full-apivfs`, and the machine it runs on.
    #[test]
    fn the_mounts_of_a_confined_service_are_told() -> Result<()> {
        let host = MountTable::parse(include_bytes!("../../fixtures/mountinfo/host"));
        let service = MountTable::parse(include_bytes!("../../fixtures/mountinfo/service"));
        let dir = StoreDir::parse("/nix/store")?;
        let path = "/nix/store/5il9wafrx5ywmyskfr6lfgs81mpfwrrf-coreutils-9.1";
        let bind = |source: &'static str, target: &'static str| Mount::bind(source, target);
        let read_only = |target: &'static str, kind| Mount {
            read_only: true,
            ..Mount::new(target, kind)
        };
        let store_path = MountKind::StorePath {
            source: path.into(),
        };
        assert_eq!(
            service.mounts(&host, &dir),
            [
                bind("/usr/bin", "/bin"),
                read_only("/dev", MountKind::Devices(Devices::Few)),
                bind("/etc/hosts", "/etc/hosts"),
                bind("/usr/lib", "/lib"),
                bind("/usr/lib64", "/lib64"),
                Mount {
                    read_only: false,
                    ..bind("/srv/a b", "/mnt/x")
                },
                read_only("/nix/store", MountKind::Empty { mode: Some(0o755) }),
                read_only(path, store_path),
                Mount::new("/proc", MountKind::Processes),
                Mount::new("/run", MountKind::Run),
                bind(
                    "/run/systemd/propagate/web.service",
                    "/run/systemd/incoming"
                ),
                Mount::new("/srv/empty", MountKind::Empty { mode: Some(0o700) }),
                read_only("/sys", MountKind::Kernel),
                Mount::new("/tmp", MountKind::PrivateTmp),
                bind("/usr", "/usr"),
                Mount {
                    read_only: false,
                    ..bind("/var/lib/of b", "/var/lib/of b")
                },
                Mount {
                    read_only: false,
                    ..bind("/var/lib/web", "/var/lib/web")
                },
                Mount::new("/var/tmp", MountKind::PrivateTmp),
            ]
        );
        Ok(())
    }

    #[test]
    fn of_mounts_at_one_place_the_last_is_seen() -> Result<()> {
        let table = MountTable::parse(
            b"1 0 8:1 / / rw - ext4 /dev/a rw\n2 1 0:1 / /srv rw - tmpfs a rw\n3 2 0:2 / /srv/x rw - tmpfs a rw\n\
              4 2 0:3 / /srv ro - tmpfs a rw,mode=700\n",
        );
        let mounts = table.mounts(&MountTable::default(), &StoreDir::parse("/nix/store")?);
        let targets: Vec<_> = mounts.iter().map(|mount| &*mount.target).collect();
        assert_eq!(targets, ["/srv"]);
        assert!(mounts[0].read_only);
        Ok(())
    }
}
