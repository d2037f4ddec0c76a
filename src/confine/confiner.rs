//! What confines one service.

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use super::{
    Chosen, DropIn, Given, Rooted, Size, StorePaths, Strategies, choose_for, preset_variables,
    refuse_in_user_manager, refuse_undefined,
};
use crate::service::{Choice, ClosureRoot, Confinement, Manager, Origin, Service, Strategy};
use crate::store::{Graph, NodeId, Object, Objects, Resolved, StoreFiles, resolve};

/// What is common to the confinement of all services.
pub struct Confiner<'a> {
    /// The paths.
    pub graph: &'a Graph,
    /// Their types.
    pub objects: Objects,
    /// The store's files.
    pub files: &'a dyn StoreFiles,
    /// The strategies of closures.
    pub strategies: Strategies,
    /// The manager that runs the services.
    pub manager: Manager,
    /// What starting all services whose strategy is not given costs more without views, in microseconds.
    pub cost_without_views: u64,
}

/// The decisions for one service.
pub struct Decision {
    /// The program that it sees as `/bin/sh`, with all symlinks resolved.
    pub bin_sh: Option<String>,
    /// The strategy of its closure.
    pub strategy: Chosen,
    /// The store paths that it names without context and does not see.
    pub mentions: Vec<ClosureRoot>,
    /// The variables of its presets that its unit sets elsewhere than in its settings.
    pub variables: BTreeSet<String>,
    /// Its drop-in.
    pub drop_in: DropIn,
}

impl Confiner<'_> {
    /// Decides how to confine a service whose closure has these nodes and this id.
    pub fn confine(&self, rooted: &Rooted, nodes: &[NodeId], closure: &str) -> Result<Decision> {
        let Rooted { name, service, .. } = rooted;
        let confinement = &service.confinement;
        let choice = self.choice(confinement)?;
        let strategy = choose_for(
            self.manager,
            choice,
            self.strategies.machine,
            Size {
                paths: nodes.len(),
                can_view: self.can_view(nodes),
                cost_without_views: self.cost_without_views,
            },
        );
        refuse_in_user_manager(self.manager, confinement.mode, strategy.strategy)?;
        let presets = &confinement.presets;
        let mentions = self.unseen(rooted, nodes);
        if let Some(mention) = mentions.iter().find(|root| root.origin == Origin::BinSh) {
            bail!(
                "binSh names {} without string context, so nothing builds it and the service does not see it: set confinement.binSh to a shell of a package, as in \"${{pkgs.bash}}/bin/sh\", or to null for none",
                mention.path
            );
        }
        refuse_undefined(presets)?;
        let variables: BTreeSet<String> = preset_variables(presets)
            .into_iter()
            .filter(|variable| confinement.variables.contains(*variable))
            .map(str::to_owned)
            .collect();
        let bin_sh = self.bin_sh(service, nodes)?;
        let given = Given {
            name,
            manager: self.manager,
            mode: confinement.mode,
            adopt: confinement.adopt,
            observe: confinement.observe,
            own: &service.settings,
            strategy: strategy.strategy,
            bin_sh: bin_sh.as_deref(),
            presets,
            variables: &variables,
            closure,
            hide: &confinement.hides(closure),
        };
        let drop_in = self.store_paths().render(&given, nodes)?;
        Ok(Decision {
            bin_sh,
            strategy,
            mentions,
            variables,
            drop_in,
        })
    }

    /// The choice of a strategy for a service. Only a view can be observed, or leave out files.
    fn choice(&self, confinement: &Confinement) -> Result<Choice> {
        let needs_view = if confinement.observe {
            "observe"
        } else if !confinement.hide.is_empty() {
            "hide"
        } else if confinement.hide_unobserved.is_some() {
            "hideUnobserved"
        } else {
            return Ok(confinement.strategy.unwrap_or(self.strategies.choice));
        };
        match confinement.strategy {
            Some(Choice::Only(own)) if !own.is_view() => bail!(
                "confinement.{needs_view} needs a view, and confinement.strategy is {}: set it to image, or drop one of the two",
                own.name()
            ),
            _ => Ok(Choice::Only(Strategy::Image)),
        }
    }

    /// Whether a view of these nodes can be made, which needs the type of each.
    fn can_view(&self, nodes: &[NodeId]) -> bool {
        nodes
            .iter()
            .all(|node| !matches!(self.objects.of(*node), Object::Unseen))
    }

    /// The store paths that a service names without context and does not see.
    fn unseen(&self, rooted: &Rooted, nodes: &[NodeId]) -> Vec<ClosureRoot> {
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

    /// The paths for drop-ins.
    pub fn store_paths(&self) -> StorePaths<'_> {
        StorePaths {
            graph: self.graph,
            objects: &self.objects,
        }
    }

    /// The program that a service sees as /bin/sh: `binSh` resolved, as with `readlink -e`. systemd resolves paths outside the
    /// store when the service starts, and programs that the closure lacks.
    fn bin_sh(&self, service: &Service, nodes: &[NodeId]) -> Result<Option<String>> {
        let Some(bin_sh) = &service.confinement.bin_sh else {
            return Ok(None);
        };
        match resolve(self.files, self.graph.store_dir(), &bin_sh.text)? {
            Resolved::Within(program) if !self.store_paths().is_outside(&program, nodes) => {
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
