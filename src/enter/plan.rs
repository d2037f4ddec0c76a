//! Plans a service's root: what to mount where.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

use anyhow::{Result, bail};

use super::limits::limits;
use super::tree::{exists, is_bound, name_parents, remove_homeless};
use super::{Identity, Limit, Shown, Tree};
use crate::bundle::Bundle;
use crate::inspect::Environment;
use crate::root::{BASE, Devices, Mount, MountKind, Settled};
use crate::service::{Settings, Strategy, UnitName};
use crate::store::{LocalFiles, StoreDir, StorePath};
use crate::systemd::{ExecDirectories, unset};

/// The root of a service on this machine, and what a command finds in it.
#[derive(Debug)]
pub struct Plan {
    /// The directory of the store.
    pub store_dir: StoreDir,
    /// The content of the root, except the closure.
    pub tree: Tree,
    /// The closure.
    pub closure: Tree,
    /// The environment.
    pub variables: BTreeMap<String, String>,
    /// The working directory of the command.
    pub directory: Option<String>,
    /// The user and group.
    pub identity: Identity,
    /// Whether it has its own network namespace.
    pub private_network: bool,
    /// Whether it has its own IPC namespace.
    pub private_ipc: bool,
    /// The settings of the unit that bubblewrap does not apply.
    pub limits: Vec<Limit>,
    /// Warnings about what this machine lacks.
    pub missing: Vec<String>,
}

impl Plan {
    /// Plans the root of a service in a bundle. Fails if this machine lacks a store path of its closure.
    pub fn new(bundle: &Bundle, name: &UnitName) -> Result<Self> {
        let service = &bundle.services[name].resolved(name);
        let (own, confinement) = (&service.settings, &service.confinement);
        let both = own.clone().followed_by(confinement);
        let is_on = |setting: &str| both.boolean(setting);
        let root = bundle.root(service);
        let mut plan = Self {
            store_dir: bundle.store_dir.clone(),
            tree: BASE
                .iter()
                .filter(|place| **place != "/")
                .map(|place| ((*place).to_owned(), Shown::Directory))
                .collect(),
            closure: Tree::new(),
            variables: BTreeMap::new(),
            directory: None,
            identity: Identity::of(own),
            private_network: is_on("PrivateNetwork")? == Some(true),
            private_ipc: is_on("PrivateIPC")? == Some(true),
            limits: limits(own, &root),
            missing: Vec::new(),
        };
        for kind in ExecDirectories::ALL {
            if let Some(value) = ExecDirectories::value(kind.of(own)) {
                plan.variables.insert(kind.variable().to_owned(), value);
            }
        }
        for settled in root.settled(false) {
            plan.mount(settled);
        }
        for path in root.closure {
            plan.store_path(path, Some(root.strategy))?;
        }
        if !service.hide.is_empty() {
            plan.limits.push(Limit {
                settings: vec!["confinement.hide"],
                why: "files that the service's view leaves out are shown",
            });
        }
        plan.settle();
        plan.environment(&both);
        plan.working_directory(&both);
        Ok(plan)
    }

    /// Adds store paths that the service does not have. Returns how many are new.
    pub fn add(&mut self, paths: &BTreeSet<StorePath>) -> Result<usize> {
        // The whole store already contains them.
        if self.shows_store() {
            return Ok(0);
        }
        let before = self.closure.len();
        for path in paths {
            self.store_path(path, None)?;
        }
        Ok(self.closure.len() - before)
    }

    /// Adds a mount, or notes that this machine lacks its source.
    fn mount(&mut self, settled: Settled) {
        let Settled { mount, read_only } = settled;
        let place = mount.target.as_ref();
        let writable = !read_only;
        let shown = match &mount.kind {
            MountKind::Bind { source }
            | MountKind::Shell { source }
            | MountKind::StorePath { source }
            | MountKind::View { source } => {
                if let Err(error) = fs::metadata(source.as_ref()) {
                    if !mount.optional {
                        self.missing.push(lacking(mount, source, &error));
                    }
                    return;
                }
                Shown::Bind {
                    source: source.to_string(),
                    writable,
                }
            }
            // Show the host's configuration. Other directories are empty here.
            MountKind::Directory(ExecDirectories::Configuration) if Path::new(place).is_dir() => {
                Shown::Bind {
                    source: place.to_owned(),
                    writable: false,
                }
            }
            MountKind::Link { target } => Shown::Link {
                target: target.to_string(),
            },
            MountKind::Directory(_)
            | MountKind::PrivateTmp
            | MountKind::Empty { .. }
            | MountKind::Run => Shown::Empty { writable },
            MountKind::Devices(Devices::All) => Shown::AllDevices,
            MountKind::Devices(Devices::Few) => Shown::Devices,
            MountKind::Processes => Shown::Processes,
            MountKind::Kernel => Shown::Bind {
                source: "/sys".to_owned(),
                writable: false,
            },
            // Leave it out: the service can't access it anyway.
            MountKind::Inaccessible => return,
        };
        self.tree.insert(place.to_owned(), shown);
    }

    /// Adds a store path. If it is a symlink, a view shows the symlink, and a bind shows its target.
    fn store_path(&mut self, path: &StorePath, strategy: Option<Strategy>) -> Result<()> {
        let place = path.as_str();
        let Ok(metadata) = fs::symlink_metadata(place) else {
            bail!(
                "{path} is not in the store of this machine, which the service's root needs: copy it there (nix copy), or build the services here"
            );
        };
        let shown = if !metadata.is_symlink() {
            Shown::Bind {
                source: place.to_owned(),
                writable: false,
            }
        } else if strategy.is_some_and(|strategy| !strategy.is_view()) {
            match fs::canonicalize(place) {
                Ok(source) => Shown::Bind {
                    source: source.display().to_string(),
                    writable: false,
                },
                Err(error) => {
                    self.missing.push(format!(
                        "{path}, whose target is outside the store: {error}"
                    ));
                    return Ok(());
                }
            }
        } else {
            Shown::Link {
                target: fs::read_link(place)?.display().to_string(),
            }
        };
        self.closure.insert(place.to_owned(), shown);
        Ok(())
    }

    /// Omits the closure if the unit itself shows the whole store, and makes the tree mountable.
    fn settle(&mut self) {
        let homeless = remove_homeless(&mut self.tree);
        self.missing.extend(
            homeless.into_iter().map(|place| {
                format!("{place}: the bind over its parent has no mount point for it")
            }),
        );
        if self.shows_store() {
            self.closure.clear();
        }
        name_parents(&mut self.tree, &self.closure);
    }

    fn shows_store(&self) -> bool {
        let mut above = Path::new(self.store_dir.as_str()).ancestors();
        above.any(|above| is_bound(&self.tree, above))
    }

    fn environment(&mut self, both: &Settings) {
        if let Some(user) = both.value("User") {
            for variable in ["USER", "LOGNAME"] {
                self.variables.insert(variable.to_owned(), user.to_owned());
            }
        }
        let files = LocalFiles::new("/", &self.store_dir);
        for (variable, value) in Environment::of(both, &files, &self.store_dir).iter() {
            self.variables.insert(variable.to_owned(), value.to_owned());
        }
        unset(both, &mut self.variables);
    }

    /// Determines the working directory of the command. Without it the service would not start, but here the command starts in /,
    /// and the user can look around.
    fn working_directory(&mut self, both: &Settings) {
        let Some(value) = both.value("WorkingDirectory").filter(|value| *value != "~") else {
            return;
        };
        let (is_optional, directory) = match value.strip_prefix('-') {
            Some(directory) => (true, directory),
            None => (false, value),
        };
        if self.has(directory) {
            self.directory = Some(directory.to_owned());
        } else if !is_optional {
            self.missing.push(format!(
                "{directory} (WorkingDirectory=): the service would not start; the command starts in /"
            ));
        }
    }

    /// Whether something exists at a place, as far as can be determined without entering.
    pub fn has(&self, place: &str) -> bool {
        exists(&self.whole(), place)
    }

    /// Returns the whole tree, with the closure.
    pub fn whole(&self) -> Tree {
        let mut tree = self.tree.clone();
        tree.extend(self.closure.clone());
        tree
    }
}

/// Describes a bind whose source this machine lacks.
fn lacking(mount: &Mount, source: &str, error: &io::Error) -> String {
    match mount.assignment() {
        Ok((setting, word)) => format!("{source} ({setting}={word}): {error}"),
        Err(_) => format!("{source}: {error}"),
    }
}
