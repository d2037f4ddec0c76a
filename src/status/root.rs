//! The root of a process as the kernel has it, against the root that the bundle plans.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::store::Store;
use super::{Difference, Kind};
use crate::bundle::{Bundle, BundleService};
use crate::host::user::runtime_directory;
use crate::root::{Devices, KernelMount, Mount, MountKind, MountTable, Root, Settled};
use crate::service::{ExecSetting, UnitName};
use crate::store::below;

/// Where systemd mounts something for itself, whatever the unit sets: sockets, credentials, what is to be propagated.
const OF_SYSTEMD: [&str; 4] = ["/run/systemd", "/run/credentials", "/run/host", "/run/log"];
/// Where `ProtectHome=` mounts empty file systems.
const HOMES: [&str; 3] = ["/home", "/root", "/run/user"];

/// The planned root of a service.
pub struct Expected<'a> {
    bundle: &'a Bundle,
    planned: &'a BundleService,
    name: &'a UnitName,
}

impl<'a> Expected<'a> {
    /// The root of a service, whose settings are those of the unit with this name.
    pub fn new(bundle: &'a Bundle, name: &'a UnitName, planned: &'a BundleService) -> Self {
        Self {
            bundle,
            planned,
            name,
        }
    }

    /// What differs in the root of a process with this table of mounts.
    pub fn compare(&self, table: &MountTable, host: &MountTable) -> Vec<Difference> {
        let Some((_, top)) = table.covering(Path::new("/")) else {
            return Vec::new();
        };
        if is_of_host(table, host) {
            let detail = "a process has the root of the host: it was started without the drop-in";
            return vec![Difference::new(Kind::Unconfined, detail)];
        }
        let mut differences = self.top(top, host);
        let root = self.bundle.root(self.planned);
        let of_root = self.of_root(&root, top, table, host, false);
        // Commands with + have fewer mounts, and may write to more.
        let is_privileged = !of_root.is_empty()
            && self.has_privileged_commands()
            && self.of_root(&root, top, table, host, true).is_empty();
        if !is_privileged {
            differences.extend(of_root);
        }
        differences
    }

    fn has_privileged_commands(&self) -> bool {
        let lines = ExecSetting::ALL.into_iter();
        let mut lines = lines.flat_map(|setting| self.planned.exec.list(setting.name()));
        lines.any(|line| {
            let prefixes = line.chars().take_while(|c| "@-:!|+".contains(*c));
            prefixes.into_iter().any(|prefix| prefix == '+')
        })
    }

    /// Whether systemd mounts empty file systems over the directories of users.
    fn hides_homes(&self) -> bool {
        self.planned.settings.value("ProtectHome") == Some("tmpfs")
    }

    /// Whether the root directory is the planned one.
    fn top(&self, top: &KernelMount, host: &MountTable) -> Vec<Difference> {
        let settings = &self.planned.confinement;
        let Some(planned) = settings.value("RootDirectory") else {
            return Vec::new();
        };
        match host.place_of(top) {
            Some(place) if place != real(planned) => {
                let detail = format!("its root is {}, not {planned}", place.display());
                vec![Difference::new(Kind::MountChanged, detail)]
            }
            _ => Vec::new(),
        }
    }

    fn of_root(
        &self,
        root: &Root,
        top: &KernelMount,
        table: &MountTable,
        host: &MountTable,
        is_privileged: bool,
    ) -> Vec<Difference> {
        let visible = table.visible();
        let places: BTreeMap<&Path, &KernelMount> = visible
            .iter()
            .map(|mount| (mount.place.as_path(), *mount))
            .collect();
        let settled = root.settled(is_privileged);
        let planned: BTreeMap<&str, Settled> = settled
            .iter()
            .map(|one| (&*one.mount.target, *one))
            .collect();
        let store = Store {
            bundle: self.bundle,
            planned: self.planned,
            places: planned.keys().copied().collect(),
        };
        let mut differences = Vec::new();
        let is_read_only = root.read_only.iter().any(|entry| entry.path == "/");
        if is_read_only && !is_privileged && !top.read_only {
            differences.push(writable("/"));
        }
        differences.extend(store.compare(&visible, host));
        let mut found = BTreeSet::new();
        for mount in &visible {
            let Some(place) = mount.place.to_str() else {
                continue;
            };
            found.insert(place);
            if store.is_own(place) {
                continue;
            }
            match planned.get(place) {
                Some(settled) => differences.extend(changed(settled, mount, host, &store)),
                None => differences.extend(self.added(mount, top, &places, host)),
            }
        }
        differences.extend(missing(&settled, &found));
        differences
    }

    /// Whether it is below the directory of the user's manager, which mounts its sockets there (`NOTIFY_SOCKET`).
    fn is_of_user_manager(&self, place: &str) -> bool {
        let own = || {
            runtime_directory()
                .ok()?
                .join("systemd")
                .to_str()
                .map(str::to_owned)
        };
        !self.bundle.manager.is_system() && own().is_some_and(|own| below(place, &own).is_some())
    }

    /// A mount that is not planned, unless it shows what is there anyway.
    fn added(
        &self,
        mount: &KernelMount,
        top: &KernelMount,
        places: &BTreeMap<&Path, &KernelMount>,
        host: &MountTable,
    ) -> Option<Difference> {
        let place = mount.place.to_str()?;
        let is_at = |places: &[&str]| places.iter().any(|of| below(place, of).is_some());
        // If a directory above the root is bound, the root is in itself.
        let settings = [&self.planned.confinement, &self.planned.settings];
        let mut tops = settings.iter().filter_map(|of| of.value("RootDirectory"));
        if is_at(&OF_SYSTEMD)
            || self.is_of_user_manager(place)
            || tops.any(|top| below(place, top).is_some())
        {
            return None;
        }
        let shown = mount.shown(host, &self.bundle.store_dir)?;
        match shown.kind {
            MountKind::Inaccessible => return None,
            MountKind::Empty { .. } if is_at(&HOMES) && self.hides_homes() => return None,
            _ => {}
        }
        // systemd binds directories over themselves for settings such as ProtectSystem=, and binds show what the host mounts below them.
        let mut above = mount.place.ancestors().skip(1);
        let over = above.find_map(|above| places.get(above));
        let over = over.copied().unwrap_or(top);
        let there = host.place_of(over).and_then(|source| {
            let rest = mount.place.strip_prefix(&over.place).ok()?;
            Some(source.join(rest))
        });
        let source = host.place_of(mount);
        if source.is_some() && source == there {
            return None;
        }
        let what = match source {
            Some(source) => format!("{} is mounted at {place}", source.display()),
            None => format!("a {} is mounted at {place}", mount.file_system),
        };
        let detail = format!("{what}, which the bundle does not plan for {}", self.name);
        Some(Difference::new(Kind::MountAdded, detail))
    }
}

/// Whether this table is that of a process that has the root of the host.
pub fn is_of_host(table: &MountTable, host: &MountTable) -> bool {
    let top = |table: &MountTable| {
        let (_, top) = table.covering(Path::new("/"))?;
        Some((top.device.clone(), top.root.clone()))
    };
    top(table) == top(host)
}

/// A planned mount that shows something else, or is writable.
fn changed(
    planned: &Settled,
    mount: &KernelMount,
    host: &MountTable,
    store: &Store,
) -> Vec<Difference> {
    let place = &planned.mount.target;
    let mut differences = Vec::new();
    if planned.read_only && !mount.read_only {
        differences.push(writable(place));
    }
    if mount.is_deleted() {
        let detail = format!("what {place} shows has been deleted or replaced on the host");
        differences.push(Difference::new(Kind::PathDeleted, detail));
        return differences;
    }
    let Some(shown) = mount.shown(host, &store.bundle.store_dir) else {
        return differences;
    };
    let source = host.place_of(mount);
    let what = match &source {
        Some(source) => source.display().to_string(),
        None => format!("a {}", mount.file_system),
    };
    let is_planned = match (&planned.mount.kind, &shown.kind) {
        // Of a view that may lack it, it is the view's.
        (MountKind::Shell { source: wanted }, _) if planned.mount.optional => {
            store.is_of_view(mount, wanted)
        }
        (MountKind::Bind { source: wanted } | MountKind::Shell { source: wanted }, _) => {
            source.is_some_and(|source| source == real(wanted))
        }
        (MountKind::Devices(Devices::Few), MountKind::Devices(Devices::All)) => false,
        // With PrivateTmp=disconnected, it is a file system of its own.
        (MountKind::PrivateTmp, found) => {
            matches!(found, MountKind::PrivateTmp | MountKind::Empty { .. })
        }
        (MountKind::Processes, found) => *found == MountKind::Processes,
        (MountKind::Run, found) => *found == MountKind::Run,
        (MountKind::Empty { .. }, found) => {
            matches!(found, MountKind::Empty { .. } | MountKind::Run)
        }
        _ => true,
    };
    if !is_planned {
        let planned = match (&planned.mount.kind, planned.mount.source()) {
            (MountKind::Shell { source }, _) if planned.mount.optional => {
                format!("the view's {source}")
            }
            (_, Some(source)) => source.to_owned(),
            (_, None) => "what the bundle plans".to_owned(),
        };
        let detail = format!("{place} shows {what}, not {planned}");
        differences.push(Difference::new(Kind::MountChanged, detail));
    }
    differences
}

/// Planned mounts that are not there.
fn missing(settled: &[Settled], found: &BTreeSet<&str>) -> Vec<Difference> {
    let is_mounted = |mount: &Mount| {
        !mount.optional && !matches!(mount.kind, MountKind::Link { .. } | MountKind::Inaccessible)
    };
    let missing = settled.iter().filter(|one| {
        let target = real_target(&one.mount.target);
        is_mounted(one.mount) && !found.contains(target)
    });
    let told = missing.map(|one| {
        let detail = format!("nothing is mounted at {}", one.mount.target);
        Difference::new(Kind::MountMissing, detail)
    });
    told.collect()
}

/// A target below the link /var/run, which every root has.
fn real_target(target: &str) -> &str {
    target
        .strip_prefix("/var")
        .filter(|rest| below(rest, "/run").is_some())
        .unwrap_or(target)
}

pub(super) fn writable(place: &str) -> Difference {
    let detail = format!("{place} is writable, and the bundle plans it read-only");
    Difference::new(Kind::MountWritable, detail)
}

/// A path of the host with its symlinks followed, as systemd does before it binds it.
pub(super) fn real(path: &str) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.into())
}
