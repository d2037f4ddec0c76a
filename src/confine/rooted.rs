//! The closure roots of a service, found in the graph.

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use crate::service::{ClosureRoot, Mentioned, Origin, Service, UnitName};
use crate::store::{Graph, NodeId, StoreDir};
use crate::systemd;

/// A service with its closure roots.
pub struct Rooted<'a> {
    /// Its name.
    pub name: &'a UnitName,
    /// The service.
    pub service: &'a Service,
    /// The store paths that it names, sorted.
    pub roots: &'a BTreeSet<ClosureRoot>,
    /// The store paths that it names and that the contexts of their strings lack.
    pub bare: &'a BTreeSet<ClosureRoot>,
    /// The nodes of `roots`.
    pub nodes: Vec<NodeId>,
}

impl<'a> Rooted<'a> {
    /// Fails if the graph lacks one.
    pub fn new(
        name: &'a UnitName,
        service: &'a Service,
        mentioned: &'a Mentioned,
        graph: &Graph,
    ) -> Result<Self> {
        let Mentioned { roots, bare, .. } = mentioned;
        let nodes = roots
            .iter()
            .map(|root| match graph.find(&root.path) {
                Some(node) => Ok(node),
                None if matches!(root.origin, Origin::UnitExec(..)) => bail!(
                    "{name}: {} names {}, which is neither a reference of the unit file's package nor in the graph: correct the package",
                    root.origin.option(),
                    root.path
                ),
                None => bail!(
                    "{name}: {} names {}, which is not in the graph: make the graph again, with every closure root of every service",
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

    /// A warning for each of the service's own binds that still shows it the whole store.
    pub fn warnings(&self, dir: &StoreDir) -> impl Iterator<Item = String> {
        systemd::store_binds(&self.service.settings, dir)
            .into_iter()
            .filter(|_| !self.service.confinement.adopt)
            .map(|(setting, bind)| {
                format!(
                    "warning: {} sets {setting}={} itself: it still sees the whole store (see `confinix audit`)",
                    self.name, bind.word
                )
            })
    }
}
