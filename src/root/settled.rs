//! Which of several mounts at one place is visible.

use std::collections::BTreeMap;

use super::{BASE, Mount, MountKind, Root};
use crate::store::below;

/// A visible mount.
#[derive(Clone, Copy, Debug)]
pub struct Settled<'r> {
    /// Which.
    pub mount: &'r Mount<'r>,
    /// Whether it is read-only, possibly because of another mount at the same place.
    pub read_only: bool,
}

impl Root<'_> {
    /// The visible mounts, in the order of [`Root::mounts`]. Commands with `+` don't have those of sandboxing.
    ///
    /// Of mounts at one place systemd makes one (`mount_path_compare`, `drop_duplicates`): by kind, as in the order of
    /// [`rank`], of binds the first. It is read-only if one of them is, or if `ReadOnlyPaths=` names its place. Mounts at or
    /// below an inaccessible path are dropped (`drop_inaccessible`), and the path itself exists only if every root has it.
    pub fn settled(&self, is_privileged: bool) -> Vec<Settled<'_>> {
        let made = |mount: &&Mount| !is_privileged || !is_of_sandbox(&mount.kind);
        let inaccessible: Vec<_> = self
            .mounts
            .iter()
            .filter(made)
            .filter(|mount| mount.kind == MountKind::Inaccessible)
            .collect();
        let is_obstructed = |mount: &Mount| {
            inaccessible.iter().any(|over| {
                let rest = below(&mount.target, &over.target);
                rest.is_some_and(|rest| !rest.is_empty() || mount.kind != MountKind::Inaccessible)
            })
        };
        let mut seen: BTreeMap<&str, (usize, Settled)> = BTreeMap::new();
        let mounts = self.mounts.iter().enumerate();
        for (index, mount) in mounts.filter(|(_, mount)| made(mount)) {
            let is_nothing =
                mount.kind == MountKind::Inaccessible && !BASE.contains(&&*mount.target);
            if is_nothing || is_obstructed(mount) {
                continue;
            }
            let this = Settled {
                mount,
                read_only: mount.read_only,
            };
            let (first, settled) = seen.entry(&mount.target).or_insert((index, this));
            settled.read_only |= mount.read_only;
            if rank(&mount.kind) < rank(&settled.mount.kind) {
                settled.mount = mount;
                *first = index;
            }
        }
        if !is_privileged {
            for entry in &self.read_only {
                if let Some((_, settled)) = seen.get_mut(entry.path.as_str()) {
                    settled.read_only = true;
                }
            }
        }
        let mut seen: Vec<_> = seen.into_values().collect();
        seen.sort_by_key(|(index, _)| *index);
        seen.into_iter().map(|(_, settled)| settled).collect()
    }
}

/// Whether a kind exists only for confined commands, not for those with `+`.
fn is_of_sandbox(kind: &MountKind) -> bool {
    matches!(
        kind,
        MountKind::PrivateTmp
            | MountKind::Devices(_)
            | MountKind::Processes
            | MountKind::Kernel
            | MountKind::Run
            | MountKind::Inaccessible
    )
}

/// Of two kinds at one place, the lower one is visible (`MountMode`).
fn rank(kind: &MountKind) -> u8 {
    match kind {
        MountKind::Inaccessible => 0,
        MountKind::Bind { .. }
        | MountKind::Shell { .. }
        | MountKind::StorePath { .. }
        | MountKind::View { .. }
        | MountKind::Directory(_)
        | MountKind::Link { .. } => 1,
        MountKind::PrivateTmp => 2,
        MountKind::Devices(_) => 3,
        MountKind::Processes | MountKind::Kernel => 4,
        MountKind::Empty { .. } => 5,
        MountKind::Run => 6,
    }
}
