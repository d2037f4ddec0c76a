//! What confines one service: its drop-in, and what the bundle says of it.

use anyhow::{Context, Result, bail};

use super::Digest;
use super::model::{BundleFile, BundleService};
use super::views::can_view;
use crate::service::{
    Choice, ExecSetting, Root, Service, Services, Settings, Strategy, UnitName, mentioned,
};
use crate::store::{Graph, NodeId, Object, Objects, Resolved, StoreDir, StoreFiles, resolve};
use crate::unit::{self, Mount, Target, ViewUnits};

/// A service with the roots it names, found in the graph.
pub struct Rooted<'a> {
    pub name: &'a UnitName,
    service: &'a Service,
    roots: Vec<Root>,
    pub nodes: Vec<NodeId>,
}

impl<'a> Rooted<'a> {
    pub fn new(
        name: &'a UnitName,
        service: &'a Service,
        services: &Services,
        graph: &Graph,
    ) -> Result<Self> {
        let roots: Vec<Root> = mentioned(service, &services.store_dir)
            .with_context(|| format!("could not read the roots of {name}"))?
            .roots
            .into_iter()
            .collect();
        let nodes = roots
            .iter()
            .map(|root| match graph.find(&root.path) {
                Some(node) => Ok(node),
                None => bail!(
                    "{name}: {} names {}, which the graph does not hold: make the graph again, with every root of every service",
                    root.origin,
                    root.path
                ),
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            name,
            service,
            roots,
            nodes,
        })
    }
}

impl Rooted<'_> {
    pub fn warnings(&self, dir: &StoreDir) -> impl Iterator<Item = String> {
        unit::store_binds(&self.service.settings, dir)
            .into_iter()
            .filter(|_| !self.service.confinement.adopt)
            .map(|(setting, bind)| {
                format!(
                    "warning: {} sets {setting}={} itself: it sees the whole store all the same (`confinix audit` says more)",
                    self.name, bind.word
                )
            })
    }
}

/// How closures are to get into the roots of services.
#[derive(Clone, Copy, Debug, Default)]
pub struct Strategies {
    /// For services that don't ask for a strategy themselves.
    pub choice: Choice,
    /// What is known of the machine on which they are to run.
    pub target: Target,
}

/// What all services are confined with.
pub struct Maker<'a> {
    pub graph: &'a Graph,
    pub objects: Objects,
    pub files: &'a dyn StoreFiles,
    pub strategies: Strategies,
}

impl Maker<'_> {
    /// A service as the bundle has it, and its drop-in.
    pub fn confine(
        &self,
        rooted: &Rooted,
        nodes: &[NodeId],
        closure: &str,
    ) -> Result<(BundleService, String)> {
        let Rooted { name, service, .. } = rooted;
        let mode = service.confinement.mode;
        let chosen = unit::choose(
            service
                .confinement
                .strategy
                .unwrap_or(self.strategies.choice),
            self.strategies.target,
            nodes.len(),
            can_view(nodes, &self.objects),
        );
        let strategy = chosen.strategy;
        let adopt = service.confinement.adopt;
        let mut settings = if adopt {
            unit::adopted(name, &service.settings, self.graph.store_dir(), strategy)?
        } else {
            let dir = self.graph.store_dir();
            unit::settings(name, mode, &service.settings, dir, strategy)?
        };
        let presets = &service.confinement.presets;
        let opened = unit::open(presets, &service.settings, &service.confinement.variables)?;
        settings.extend(
            opened
                .environment
                .iter()
                .map(|value| ("Environment", value.clone())),
        );
        let bin_sh = self.bin_sh(service)?;
        if adopt
            && bin_sh.is_some()
            && service.settings.boolean("RootDirectoryStartOnly")? == Some(true)
        {
            bail!(
                "it sets RootDirectoryStartOnly=yes: systemd would bind binSh over the host's /bin/sh for all commands but ExecStart=; set confinement.binSh to null"
            );
        }
        let shell = bin_sh.iter().map(|program| Mount {
            target: Some("/bin/sh"),
            ..Mount::here(program)
        });
        let notify_socket = unit::notify_socket(mode, &service.settings)?
            .filter(|_| !adopt)
            .into_iter()
            .map(Mount::optional);
        let of_presets = opened.binds.iter().map(|bind| Mount {
            target: (bind.target != bind.source).then_some(bind.target.as_str()),
            optional: bind.optional,
            inherits: bind.writable,
            ..Mount::here(&bind.source)
        });
        let of_host: Vec<Mount> = notify_socket.chain(of_presets).collect();
        let view = match strategy {
            Strategy::Image => Some(ViewUnits::new(closure, self.graph.store_dir())?),
            Strategy::Bind | Strategy::Inherit => None,
        };
        let closure_mounts = match &view {
            Some(view) => vec![Mount {
                target: Some(self.graph.store_dir().as_str()),
                ..Mount::here(&view.directory)
            }],
            None => nodes
                .iter()
                .map(|node| Mount {
                    inherits: strategy == Strategy::Inherit,
                    ..self.mount(*node)
                })
                .collect(),
        };
        let mut confinement = Settings::default();
        for (setting, value) in &settings {
            confinement.push(setting, value.as_str());
        }
        for mount in &of_host {
            let (setting, word) = mount.assignment()?;
            confinement.push(setting, word);
        }
        let mounts: Vec<Mount> = shell.chain(of_host).chain(closure_mounts).collect();
        let text = unit::drop_in(view.as_ref(), &settings, &mounts)?;
        let confined = BundleService {
            adopt,
            bin_sh: bin_sh.clone(),
            closure: closure.to_owned(),
            confinement,
            drop_in: BundleFile {
                path: unit::drop_in_path(name),
                sha256: Digest::of(text.as_bytes()),
            },
            exec: commands(service),
            mode,
            mounts: mounts.len(),
            presets: presets.iter().map(|preset| preset.name.clone()).collect(),
            roots: rooted.roots.clone(),
            settings: service.settings.clone(),
            strategy,
            strategy_reason: chosen.reason,
            view_obstacle: chosen.obstacle,
        };
        Ok((confined, text))
    }

    /// What a service sees as /bin/sh: the program that `binSh` leads to, as `readlink -e` says. What lies outside the store is
    /// left to systemd, which follows symlinks when the service starts.
    fn bin_sh(&self, service: &Service) -> Result<Option<String>> {
        let Some(bin_sh) = &service.confinement.bin_sh else {
            return Ok(None);
        };
        match resolve(self.files, self.graph.store_dir(), &bin_sh.text)? {
            Resolved::Within(program) => Ok(Some(program)),
            Resolved::Out | Resolved::Unknown => Ok(Some(bin_sh.text.clone())),
            Resolved::Missing => bail!(
                "binSh is {}, which does not exist: set confinement.binSh to a shell, or to null for none",
                bin_sh.text
            ),
        }
    }

    /// systemd follows a symlink in the source, and shows what it leads to; written out, it is what nixpkgs writes. What leads out
    /// of the store may be missing on the host, and is no reason not to start.
    fn mount(&self, node: NodeId) -> Mount<'_> {
        let path = self.graph.path(node).as_str();
        match self.objects.of(node) {
            Object::Symlink {
                resolved: Some(target),
                ..
            } => Mount {
                target: Some(path),
                ..Mount::here(target)
            },
            Object::Symlink { resolved: None, .. } => Mount::optional(path),
            Object::Directory | Object::File { .. } | Object::Unseen => Mount::here(path),
        }
    }
}

fn commands(service: &Service) -> Settings {
    let mut commands = Settings::default();
    for setting in ExecSetting::ALL {
        for (_, line) in service.commands(setting) {
            commands.push(setting.name(), line.text.as_str());
        }
    }
    commands
}
