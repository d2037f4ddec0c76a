//! Where the view of a service is mounted on this machine.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::Deployed;
use crate::confine::{own_view_source, view_of};
use crate::root::MountTable;

/// Where systemd has its control groups: the one hierarchy, or its own beside others.
const CONTROL_GROUPS: [&str; 3] = [
    "/sys/fs/cgroup",
    "/sys/fs/cgroup/systemd",
    "/sys/fs/cgroup/unified",
];

/// As many processes of a service are looked at; usually all have the same mounts.
const MOST_PROCESSES: usize = 64;

impl Deployed<'_> {
    /// The file systems through which the service opens files, by their device: the one that is mounted for it now, and those that its
    /// processes still have. Each has a path that leads to where it is mounted.
    /// A view that the service still has from before it was given one of its own is not among them.
    pub(super) fn places(&self) -> BTreeMap<u64, PathBuf> {
        self.places_of(&self.processes())
    }

    /// Whether the service runs, and none of its processes has the view that the bundle gives it.
    pub(super) fn has_another_view(&self) -> bool {
        let processes = self.processes();
        !processes.is_empty() && self.inside(&processes).next().is_none()
    }

    fn places_of(&self, processes: &[u32]) -> BTreeMap<u64, PathBuf> {
        let places = self.on_host().into_iter().chain(self.inside(processes));
        let mut placed = BTreeMap::new();
        for place in places {
            if let Ok(metadata) = fs::metadata(&place) {
                // The first is kept: a process may end.
                placed.entry(metadata.dev()).or_insert(place);
            }
        }
        placed
    }

    /// The store in the roots of these processes, where it is the view.
    fn inside(&self, processes: &[u32]) -> impl Iterator<Item = PathBuf> {
        processes.iter().filter_map(|process| {
            let table = fs::read(format!("/proc/{process}/mountinfo")).ok()?;
            let store = Path::new(self.bundle.store_dir.as_str());
            let table = MountTable::parse(&table);
            let (_, mount) = table.covering(store)?;
            let view = Path::new("/")
                .join(crate::view::DIRECTORY)
                .join(self.service.view_id());
            let is_view =
                mount.place == store && mount.file_system == "overlay" && mount.root == view;
            let is_seen_alone =
                !self.service.observe || mount.source == Path::new(&own_view_source(self.name));
            (is_view && is_seen_alone)
                .then(|| PathBuf::from(format!("/proc/{process}/root{}", self.bundle.store_dir)))
        })
    }

    /// The mount on the host, behind the link to it.
    fn on_host(&self) -> Option<PathBuf> {
        let own = self.service.observe.then_some(self.name);
        let view = view_of(&self.service.view_id(), own);
        let view = fs::canonicalize(view).ok()?;
        Some(view.parent()?.parent()?.to_owned())
    }

    fn processes(&self) -> Vec<u32> {
        let group = self.control_group.trim_start_matches('/');
        if group.is_empty() {
            return Vec::new();
        }
        let lists = CONTROL_GROUPS.map(|top| Path::new(top).join(group).join("cgroup.procs"));
        let list = lists.iter().find_map(|list| fs::read_to_string(list).ok());
        let list = list.unwrap_or_default();
        let numbers = list.lines().filter_map(|line| line.parse().ok());
        numbers.take(MOST_PROCESSES).collect()
    }
}
