//! What is at a path inside the root of a service.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::{BASE, Devices, Found, MountKind, Root, Settled};
use crate::document::{Document, Kind};
use crate::store::{Entry, Resolved, StoreDir, StoreFiles, StorePath, Walk, below, resolve};
use crate::systemd::ExecDirectories;

/// Directories that are empty when the service starts: its own commands create their content.
const FRESH: [&str; 2] = ["/tmp", "/var/tmp"];

/// Sockets of systemd, credentials.
pub(super) const OF_SYSTEMD: [&str; 3] = ["/run/credentials", "/run/host", "/run/systemd"];

/// The root of a service with the store's files as they are.
pub struct Inside<'a> {
    pub(super) root: &'a Root<'a>,
    files: &'a dyn StoreFiles,
    closure: BTreeSet<&'a str>,
    /// The visible mounts, by target.
    mounts: BTreeMap<&'a str, Settled<'a>>,
    /// Whether any of them may cover a path of the closure.
    mounts_in_store: bool,
    pub(super) is_privileged: bool,
}

impl<'a> Inside<'a> {
    /// The inside of a root. `is_privileged`: as seen by commands with `+`.
    pub fn new(root: &'a Root<'a>, files: &'a dyn StoreFiles, is_privileged: bool) -> Self {
        let settled = root.settled(is_privileged).into_iter();
        let mounts: BTreeMap<_, _> = settled
            .map(|settled| (&*settled.mount.target, settled))
            .collect();
        let mut targets = mounts.keys();
        Self {
            root,
            files,
            closure: root.closure.iter().map(StorePath::base).collect(),
            mounts_in_store: targets.any(|target| root.store_dir.owner(target).is_some()),
            mounts,
            is_privileged,
        }
    }

    /// Whether a store path is in the closure.
    pub fn has(&self, base: &str) -> bool {
        self.closure.contains(base)
    }

    /// The root.
    pub fn root(&self) -> &'a Root<'a> {
        self.root
    }

    /// The store's directory.
    pub fn store_dir(&self) -> &'a StoreDir {
        self.root.store_dir
    }

    /// Whether a path is in a directory that is empty when the service starts, so that its own commands create its content. A
    /// store below /tmp is not.
    pub fn is_fresh(&self, path: &str) -> bool {
        let is_outside_store = self.store_dir().owner(path).is_none();
        is_outside_store
            && self.nearest(path).is_some_and(|(settled, _)| {
                let kind = &settled.mount.kind;
                let is_empty = matches!(kind, MountKind::PrivateTmp | MountKind::Empty { .. });
                is_empty && FRESH.iter().any(|fresh| below(path, fresh).is_some())
            })
    }

    /// Whether a path is in the empty /run that each command has for itself: its content never appears on the host.
    pub fn is_of_one_command(&self, path: &str) -> bool {
        let nearest = self.nearest(path);
        nearest.is_some_and(|(settled, _)| settled.mount.kind == MountKind::Run)
    }

    /// Whether a path is in a directory of `ConfigurationDirectory=`, which systemd leaves to root.
    pub fn is_of_configuration(&self, path: &str) -> bool {
        let nearest = self.nearest(path);
        let kind = MountKind::Directory(ExecDirectories::Configuration);
        nearest.is_some_and(|(settled, _)| settled.mount.kind == kind)
    }

    /// The content of a file that [`Self::look`] has found.
    pub fn read(&self, file: &str, kind: Kind) -> Result<Option<Vec<u8>>> {
        self.files.read(file, kind)
    }

    /// Opens a program that [`Self::look`] has found.
    pub fn open(&self, file: &str) -> Result<Option<Document>> {
        self.files.open(file, Kind::Program)
    }

    /// What is at an absolute path, with all symlinks resolved in the root.
    pub fn look(&self, path: &str) -> Result<Found> {
        let mut walk = Walk::new(path);
        while let Some(here) = walk.step() {
            match self.at(&here)? {
                At::Link(target) => {
                    if !walk.follow(&target) {
                        return Ok(Found::Missing);
                    }
                }
                At::Found(Found::Directory) => {}
                At::Found(Found::File { .. }) if walk.goes_on() => return Ok(Found::Missing),
                At::Found(end) => return Ok(end),
            }
        }
        Ok(Found::Directory)
    }

    /// The visible mount that contains a path, and the rest of the path.
    pub fn nearest<'p>(&self, path: &'p str) -> Option<(Settled<'a>, &'p str)> {
        let mut place = path;
        loop {
            if let Some(settled) = self.mounts.get(place) {
                return Some((*settled, below(path, place)?));
            }
            place = match place.rsplit_once('/')? {
                ("", "") => return None,
                ("", _) => "/",
                (above, _) => above,
            };
        }
    }

    /// Whether something is mounted below a path.
    fn is_above(&self, path: &str) -> bool {
        let within = format!("{}/", path.trim_end_matches('/'));
        let mut targets = self.mounts.range(within.as_str()..);
        targets
            .next()
            .is_some_and(|(target, _)| target.starts_with(&within))
    }

    /// What is at a path whose parents are not symlinks.
    fn at(&self, here: &str) -> Result<At> {
        let owner = self.store_dir().owner(here);
        if let Some(owner) = &owner
            && self.has(owner.base())
        {
            let covered = || self.nearest(here).map(|(settled, _)| &settled.mount.target);
            let is_over = |target| below(target, owner.as_str()).is_some();
            if !(self.mounts_in_store && covered().is_some_and(|target| is_over(target))) {
                return self.of_closure(here, owner);
            }
        }
        if below(self.store_dir().as_str(), here).is_some() {
            return Ok(At::Found(Found::Directory));
        }
        let is_of_store = owner.is_some();
        let found = match self.nearest(here) {
            Some((settled, rest)) => match &settled.mount.kind {
                MountKind::Link { target } => return Ok(At::Link(target.clone().into_owned())),
                MountKind::Bind { source }
                | MountKind::Shell { source }
                | MountKind::StorePath { source }
                | MountKind::View { source } => {
                    let file = format!("{source}{rest}");
                    match self.store_dir().owner(&file) {
                        Some(_) => return self.entry(&file),
                        None => Found::Unknown,
                    }
                }
                _ if is_of_store => Found::Missing,
                _ if rest.is_empty() => Found::Directory,
                kind => self.in_mount(kind, settled, here, rest),
            },
            None if is_of_store => Found::Missing,
            None if BASE.contains(&here) => Found::Directory,
            None => self.of_root(here),
        };
        let is_directory = found == Found::Missing && self.is_above(here);
        Ok(At::Found(if is_directory {
            Found::Directory
        } else {
            found
        }))
    }

    /// What is below a mount that shows no path of the host.
    fn in_mount(&self, kind: &MountKind, settled: Settled, here: &str, rest: &str) -> Found {
        match kind {
            MountKind::Devices(Devices::Few) => {
                let device = rest.split('/').nth(1).unwrap_or_default();
                if Devices::FEW.contains(&device) {
                    Found::Unknown
                } else {
                    Found::Missing
                }
            }
            MountKind::PrivateTmp => Found::Missing,
            MountKind::Run => self.of_root(here),
            MountKind::Empty { .. } => {
                // Nothing is created where the kernel's own file systems are expected.
                let is_of_kernel = matches!(&*settled.mount.target, "/proc" | "/sys" | "/dev");
                if settled.read_only || is_of_kernel || self.is_fresh(here) {
                    Found::Missing
                } else {
                    Found::Unknown
                }
            }
            _ => Found::Unknown,
        }
    }

    /// What is at a path that no mount covers.
    fn of_root(&self, here: &str) -> Found {
        if OF_SYSTEMD.contains(&here) {
            Found::Directory
        } else if self.root.is_adopted
            || OF_SYSTEMD.iter().any(|place| below(here, place).is_some())
        {
            Found::Unknown
        } else {
            Found::Missing
        }
    }

    /// What is at a path of the closure. Without a view, systemd resolves a store path that is a symlink on the host, and shows
    /// its target.
    fn of_closure(&self, here: &str, owner: &StorePath) -> Result<At> {
        let at = self.entry(here)?;
        if here != owner.as_str() || self.root.strategy.is_view() {
            return Ok(at);
        }
        let At::Link(_) = at else {
            return Ok(at);
        };
        Ok(match resolve(self.files, self.store_dir(), here)? {
            Resolved::Within(end) => At::Link(end),
            Resolved::Missing => At::Found(Found::Missing),
            Resolved::Out | Resolved::Unknown => At::Found(Found::Unknown),
        })
    }

    fn entry(&self, file: &str) -> Result<At> {
        Ok(match self.files.entry(file, None)? {
            None | Some(Entry::Other) => At::Found(Found::Unknown),
            Some(Entry::Missing) => At::Found(Found::Missing),
            Some(Entry::Symlink(target)) => At::Link(target),
            Some(Entry::Directory) => At::Found(Found::Directory),
            Some(Entry::File { executable, .. }) => At::Found(Found::File {
                file: file.to_owned(),
                executable,
            }),
        })
    }
}

enum At {
    Link(String),
    Found(Found),
}
