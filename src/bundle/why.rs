//! The graph of a bundle, and why a service sees a path.

use std::collections::HashMap;

use anyhow::{Context, Result};

use super::model::PathFile;
use super::{Bundle, BundleService};
use crate::service::Origin;
use crate::store::{Chains, Entry, Graph, GraphBuilder, Link, NodeId, PathInfo, StorePath};

/// The chain from the option that names a closure root to a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Chain {
    /// Where the service names the closure root.
    pub origin: Origin,
    /// The closure root first, the path last; each refers to the next.
    pub paths: Vec<StorePath>,
}

/// A path that a service sees, in the tree of the shortest chains.
pub struct Step<'a> {
    /// The path.
    pub path: &'a StorePath,
    /// What leads to it.
    pub before: Before<'a>,
}

/// What leads to a path.
pub enum Before<'a> {
    /// The service names it here.
    Named(&'a Origin),
    /// The path of this index refers to it.
    Referred(usize),
}

/// The graph of all paths of a bundle.
pub fn graph(bundle: &Bundle) -> Result<Graph> {
    let mut builder = GraphBuilder::new();
    builder.begin_reading();
    builder.set_store_dir(bundle.store_dir.as_str())?;
    for (path, info) in &bundle.paths {
        let known = PathInfo {
            nar_hash: info.nar_hash,
            nar_size: info.nar_size,
            symlink: info.symlink.as_ref().map(|leads_to| Link {
                leads_to: leads_to.clone(),
                target: info.target.clone(),
                unresolved: info.unresolved,
            }),
        };
        let references = info.references.iter().map(StorePath::as_str);
        builder.add(path.as_str(), known, references)?;
        if info.directories.is_some() {
            builder.set_entry(path, Entry::Directory);
        } else if let Some(PathFile { executable, size }) = info.file {
            builder.set_entry(path, Entry::File { size, executable });
        }
    }
    builder
        .finish(&bundle.store_dir)
        .context("the bundle contradicts itself")
}

/// The shortest chains to what a service sees.
pub struct Why<'a> {
    graph: &'a Graph,
    service: &'a BundleService,
    roots: Vec<NodeId>,
    chains: Chains,
}

impl<'a> Why<'a> {
    /// Prepares the answers for one service of the bundle of `graph`.
    pub fn new(graph: &'a Graph, service: &'a BundleService) -> Result<Self> {
        let roots: Vec<_> = service
            .roots
            .iter()
            .map(|root| {
                graph.find(&root.path).with_context(|| {
                    format!("the bundle names {} but does not contain it", root.path)
                })
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            graph,
            service,
            chains: Chains::new(graph, &roots),
            roots,
        })
    }

    /// The shortest chain to `path`; of equally short ones, from the first closure root.
    pub fn shortest(&self, path: &StorePath) -> Option<Chain> {
        self.chain(&self.chains, self.graph.find(path)?, 0)
    }

    /// All that the service sees, each path after what leads to it. The chains are those of [`Why::shortest`].
    pub fn steps(&self) -> Vec<Step<'a>> {
        let mut places = HashMap::new();
        let mut steps = Vec::new();
        for (root, before, node) in self.chains.steps() {
            let before = match before {
                Some(before) => places.get(&before).copied().map(Before::Referred),
                None => self
                    .service
                    .roots
                    .get(root)
                    .map(|root| Before::Named(&root.origin)),
            };
            if let Some(before) = before {
                places.insert(node, steps.len());
                steps.push(Step {
                    path: self.graph.path(node),
                    before,
                });
            }
        }
        steps
    }

    /// The shortest chain from every closure root that reaches `path`, the shortest first.
    pub fn from_every_root(&self, path: &StorePath) -> Vec<Chain> {
        let Some(node) = self.graph.find(path) else {
            return Vec::new();
        };
        let mut chains: Vec<_> = (0..self.roots.len())
            .filter_map(|index| {
                let from_here = Chains::new(self.graph, &self.roots[index..=index]);
                self.chain(&from_here, node, index)
            })
            .collect();
        chains.sort_by_key(|chain| chain.paths.len());
        chains
    }

    fn chain(&self, chains: &Chains, node: NodeId, first_root: usize) -> Option<Chain> {
        let (root, nodes) = chains.to(node)?;
        Some(Chain {
            origin: self.service.roots.get(first_root + root)?.origin.clone(),
            paths: nodes
                .into_iter()
                .map(|node| self.graph.path(node).clone())
                .collect(),
        })
    }
}
