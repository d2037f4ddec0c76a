//! The drop-in of a service, from the data that determines it: the same function writes bundles and verifies them.

use std::collections::BTreeSet;

use anyhow::{Result, bail, ensure};

use super::{adopted, check_store, drop_in, notify_socket, open, settings, view_id, view_of};
use crate::root::{Mount, MountKind};
use crate::service::{Hide, Manager, Mode, Preset, Settings, Strategy, UnitName, may_hide_shell};
use crate::store::{Graph, NodeId, Object, Objects, StoreDir, below};

/// Everything that determines the drop-in of a service, except the paths of its closure.
pub struct Given<'a> {
    /// Its name.
    pub name: &'a UnitName,
    /// The manager that runs it.
    pub manager: Manager,
    /// Its mode.
    pub mode: Mode,
    /// Whether it keeps its own root.
    pub adopt: bool,
    /// The settings that the unit has itself.
    pub own: &'a Settings,
    /// Whether its view is on a file system of its own.
    pub observe: bool,
    /// How its closure gets into its root.
    pub strategy: Strategy,
    /// The program to show as /bin/sh.
    pub bin_sh: Option<&'a str>,
    /// What it sees of the host.
    pub presets: &'a [Preset],
    /// The variables that the unit sets elsewhere than in its settings.
    pub variables: &'a BTreeSet<String>,
    /// The identifier of its closure.
    pub closure: &'a str,
    /// The classes of files that its view leaves out.
    pub hide: &'a Hide,
}

impl Given<'_> {
    /// Where the host has its view.
    fn shown(&self) -> String {
        let view = view_id(self.closure, self.hide);
        view_of(&view, self.observe.then_some(self.name))
    }
}

/// The mount of /bin/sh. If the view may leave out the program, it is the view's, and there is none where the view has none.
fn shell<'a>(program: &'a str, given: &Given, dir: &StoreDir) -> Mount<'a> {
    let shell = Mount::shell(program);
    match below(program, dir.as_str()) {
        Some(rest) if given.strategy.is_view() && may_hide_shell(given.hide) => {
            shell.of_view(&format!("{}{rest}", given.shown()))
        }
        _ => shell,
    }
}

/// A drop-in, and what the bundle records about it.
pub struct DropIn {
    /// What it sets besides the binds of the closure and of /bin/sh.
    pub confinement: Settings,
    /// How many mounts it makes.
    pub mounts: usize,
    /// The drop-in.
    pub text: String,
}

/// The paths that services see, and their types.
#[derive(Clone, Copy)]
pub struct StorePaths<'a> {
    /// The paths with their references.
    pub graph: &'a Graph,
    /// Their types.
    pub objects: &'a Objects,
}

impl<'a> StorePaths<'a> {
    /// The drop-in of a service whose closure has these paths.
    pub fn render(self, given: &Given, nodes: &[NodeId]) -> Result<DropIn> {
        let Given {
            name,
            manager,
            mode,
            own,
            strategy,
            ..
        } = *given;
        let dir = self.graph.store_dir();
        let mut settings = if given.adopt {
            adopted(name, own, dir, strategy)?
        } else {
            settings(name, manager, mode, own, dir, strategy)?
        };
        let opened = open(given.presets, own, given.variables)?;
        let variables = opened.environment.iter();
        settings.extend(variables.map(|value| ("Environment", value.clone())));
        if given.adopt
            && given.bin_sh.is_some()
            && own.boolean("RootDirectoryStartOnly")? == Some(true)
        {
            bail!(
                "it sets RootDirectoryStartOnly=yes: systemd would bind binSh over the host's /bin/sh for all commands but ExecStart=; set confinement.binSh to null"
            );
        }
        if let Some(program) = given.bin_sh.filter(|path| self.is_outside(path, nodes)) {
            bail!(
                "binSh is {program}, which is not in the closure of the service: set confinement.binSh to a shell of a package (\"${{pkgs.bash}}/bin/sh\"), or to null for none"
            );
        }
        let shell = given.bin_sh.map(|program| shell(program, given, dir));
        let notify_socket = notify_socket(mode, own)?
            .filter(|_| !given.adopt)
            .map(Mount::optional);
        let mut of_host = Vec::from_iter(notify_socket);
        for bind in &opened.binds {
            ensure!(
                !self.is_outside(&bind.source, nodes),
                "a preset shows {}, which is not in the closure of the service: name it by a package (\"${{pkgs.…}}\") in the preset's bindReadOnly, or add it to its packages",
                bind.source
            );
            of_host.push(Mount {
                optional: bind.optional,
                read_only: !bind.writable,
                ..Mount::bind(&bind.source, &bind.target)
            });
        }
        let closure_mounts = if strategy.is_view() {
            check_store(dir)?;
            let source = given.shown().into();
            vec![Mount {
                read_only: true,
                ..Mount::new(dir.as_str(), MountKind::View { source })
            }]
        } else {
            nodes
                .iter()
                .map(|node| Mount {
                    read_only: strategy.is_read_only(),
                    ..self.mount(*node, nodes)
                })
                .collect()
        };
        let mut confinement = Settings::default();
        for (setting, value) in &settings {
            confinement.push(setting, value.as_str());
        }
        for mount in &of_host {
            let (setting, word) = mount.assignment()?;
            confinement.push(setting, word);
        }
        let mounts: Vec<_> = shell
            .into_iter()
            .chain(of_host)
            .chain(closure_mounts)
            .collect();
        Ok(DropIn {
            confinement,
            mounts: mounts.len(),
            text: drop_in(strategy.is_view(), &settings, &mounts)?,
        })
    }

    /// Whether this is a store file that the closure lacks.
    pub fn is_outside(self, path: &str, nodes: &[NodeId]) -> bool {
        let Some(owner) = self.graph.store_dir().owner(path) else {
            return false;
        };
        let node = self.graph.find(&owner);
        node.is_none_or(|node| nodes.binary_search(&node).is_err())
    }

    /// systemd follows a symlink in the source and shows its target; the resolved form is what nixpkgs writes. A target outside
    /// the closure may be missing on the host, and must not keep the service from starting.
    fn mount(self, node: NodeId, nodes: &[NodeId]) -> Mount<'a> {
        let path = self.graph.path(node).as_str();
        let (source, optional) = match self.objects.of(node) {
            Object::Symlink {
                resolved: Some(target),
                ..
            } if !self.is_outside(target, nodes) => (target.as_str(), false),
            Object::Symlink { .. } => (path, true),
            Object::Directory | Object::File { .. } | Object::Unseen => (path, false),
        };
        let kind = MountKind::StorePath {
            source: source.into(),
        };
        Mount {
            optional,
            ..Mount::new(path, kind)
        }
    }
}
