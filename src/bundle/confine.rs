//! What confines one service: its drop-in, and what the bundle says of it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};

use super::Digest;
use super::model::{BundleFile, BundleService};
use super::render::{Given, Rendered, Shown, definitions};
use super::views::can_view;
use crate::confine::{self, Target};
use crate::service::{
    Choice, ExecSetting, Mentioned, Origin, Root, Service, Services, Settings, UnitName, mentioned,
};
use crate::store::{Graph, NodeId, Objects, Resolved, StoreDir, StoreFiles, resolve};
use crate::systemd::{self};

/// A service with the roots it names, found in the graph.
pub struct Rooted<'a> {
    pub name: &'a UnitName,
    service: &'a Service,
    roots: Vec<Root>,
    /// What it names besides, without context.
    bare: BTreeSet<Root>,
    pub nodes: Vec<NodeId>,
}

impl<'a> Rooted<'a> {
    pub fn new(
        name: &'a UnitName,
        service: &'a Service,
        services: &Services,
        graph: &Graph,
    ) -> Result<Self> {
        let Mentioned { roots, bare, .. } = mentioned(service, &services.store_dir)
            .with_context(|| format!("could not read the roots of {name}"))?;
        let roots: Vec<Root> = roots.into_iter().collect();
        let nodes = roots
            .iter()
            .map(|root| match graph.find(&root.path) {
                Some(node) => Ok(node),
                None if matches!(root.origin, Origin::UnitExec(..)) => bail!(
                    "{name}: {} names {}, to which the package of that unit file does not refer, nor does the graph hold it: correct the package",
                    root.origin.option(),
                    root.path
                ),
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
            bare,
            nodes,
        })
    }
}

impl Rooted<'_> {
    pub fn warnings(&self, dir: &StoreDir) -> impl Iterator<Item = String> {
        systemd::store_binds(&self.service.settings, dir)
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
        let chosen = confine::choose(
            service
                .confinement
                .strategy
                .unwrap_or(self.strategies.choice),
            self.strategies.target,
            nodes.len(),
            can_view(nodes, &self.objects),
        );
        let strategy = chosen.strategy;
        let presets = &service.confinement.presets;
        let mentions = self.unseen(rooted, nodes);
        if let Some(mention) = mentions.iter().find(|root| root.origin == Origin::BinSh) {
            bail!(
                "binSh names {} as text without context, so that nothing has it built and the service does not see it: set confinement.binSh to a shell of a package, as in \"${{pkgs.bash}}/bin/sh\", or to null for none",
                mention.path
            );
        }
        confine::refuse_undefined(presets)?;
        let variables: BTreeSet<String> = confine::preset_variables(presets)
            .into_iter()
            .filter(|variable| service.confinement.variables.contains(*variable))
            .map(str::to_owned)
            .collect();
        let bin_sh = self.bin_sh(service, nodes)?;
        let given = Given {
            name,
            mode,
            adopt: service.confinement.adopt,
            own: &service.settings,
            strategy,
            bin_sh: bin_sh.as_deref(),
            presets,
            variables: &variables,
            closure,
        };
        let Rendered {
            confinement,
            mounts,
            text,
        } = self.shown().render(&given, nodes)?;
        let confined = BundleService {
            adopt: service.confinement.adopt,
            bin_sh,
            closure: closure.to_owned(),
            confinement,
            definitions: definitions(presets)?,
            drop_in: BundleFile {
                path: confine::drop_in_path(name),
                sha256: Digest::of(text.as_bytes()),
            },
            exec: commands(service),
            mentions,
            mode,
            mounts,
            origins: origins(service),
            presets: presets.iter().map(|preset| preset.name.clone()).collect(),
            roots: rooted.roots.clone(),
            settings: service.settings.clone(),
            strategy,
            strategy_reason: chosen.reason,
            taken_back: taken_back(service),
            variables,
            view_obstacle: chosen.obstacle,
        };
        Ok((confined, text))
    }

    /// What a service names without context and does not see.
    fn unseen(&self, rooted: &Rooted, nodes: &[NodeId]) -> Vec<Root> {
        if rooted.bare.is_empty() {
            return Vec::new();
        }
        let seen: BTreeSet<_> = nodes
            .iter()
            .map(|node| self.graph.path(*node).hash())
            .collect();
        let bare = rooted.bare.iter();
        bare.filter(|mention| !seen.contains(mention.path.hash()))
            .cloned()
            .collect()
    }

    /// What its drop-ins are made of.
    pub fn shown(&self) -> Shown<'_> {
        Shown {
            graph: self.graph,
            objects: &self.objects,
        }
    }

    /// What a service sees as /bin/sh: the program that `binSh` leads to, as `readlink -e` says. What lies outside the store is
    /// left to systemd, which follows symlinks when the service starts; and so is a program that the closure lacks.
    fn bin_sh(&self, service: &Service, nodes: &[NodeId]) -> Result<Option<String>> {
        let Some(bin_sh) = &service.confinement.bin_sh else {
            return Ok(None);
        };
        match resolve(self.files, self.graph.store_dir(), &bin_sh.text)? {
            Resolved::Within(program) if !self.shown().is_outside(&program, nodes) => {
                Ok(Some(program))
            }
            Resolved::Within(_) | Resolved::Out | Resolved::Unknown => {
                Ok(Some(bin_sh.text.clone()))
            }
            Resolved::Missing => bail!(
                "binSh is {}, which does not exist: set confinement.binSh to a shell, or to null for none",
                bin_sh.text
            ),
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

/// Where the command lines in force are, if some are in unit files.
fn origins(service: &Service) -> BTreeMap<String, Vec<Origin>> {
    let commands = |setting| service.commands(setting);
    let mut all = ExecSetting::ALL.into_iter().flat_map(commands);
    if all.all(|(_, line)| line.line.is_none()) {
        return BTreeMap::new();
    }
    let settings = ExecSetting::ALL.into_iter().map(|setting| {
        let origins = commands(setting).map(|(index, line)| Origin::command(setting, index, line));
        (setting.name().to_owned(), origins.collect::<Vec<_>>())
    });
    settings
        .filter(|(_, origins)| !origins.is_empty())
        .collect()
}

/// How many lines come before the first in force, where that tells where all are.
fn taken_back(service: &Service) -> BTreeMap<ExecSetting, usize> {
    let all_from_nix = origins(service).is_empty();
    ExecSetting::ALL
        .into_iter()
        .filter_map(|setting| {
            let (first, _) = service.commands(setting).next()?;
            (first > 0 && all_from_nix).then_some((setting, first))
        })
        .collect()
}
