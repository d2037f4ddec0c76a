//! Which paths of a graph are symlinks, and where they lead.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use rayon::prelude::*;

use super::{Entry, Graph, NodeId, Resolved, StoreFiles, resolve};

/// A store path that is itself a symlink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// It leads to this path in the store, all links followed.
    Within(String),
    /// It has this target, which leads out of the store or nowhere: only the host on which the service starts can tell
    /// what is there.
    Out(String),
}

impl Link {
    /// Where it leads, as far as the store tells.
    pub fn target(&self) -> &str {
        match self {
            Self::Within(target) | Self::Out(target) => target,
        }
    }
}

/// The symlinks among `nodes`. A path that the store calls valid and does not have is an error.
pub fn links(
    graph: &Graph,
    nodes: &[NodeId],
    files: &dyn StoreFiles,
) -> Result<BTreeMap<NodeId, Link>> {
    nodes
        .par_iter()
        .map(|node| Ok(link(graph, *node, files)?.map(|link| (*node, link))))
        .filter_map(Result::transpose)
        .collect()
}

fn link(graph: &Graph, node: NodeId, files: &dyn StoreFiles) -> Result<Option<Link>> {
    let path = graph.path(node);
    let info = graph.info(node);
    if let Some(target) = &info.symlink {
        return Ok(Some(match graph.store_dir().owner(target) {
            Some(_) => Link::Within(target.clone()),
            None => Link::Out(target.clone()),
        }));
    }
    match files.entry(path.as_str(), Some(info.nar_size))? {
        None | Some(Entry::Other) => Ok(None),
        Some(Entry::Symlink(target)) => Ok(Some(
            match resolve(files, graph.store_dir(), path.as_str())? {
                Resolved::Within(resolved) => Link::Within(resolved),
                _ => Link::Out(target),
            },
        )),
        Some(Entry::Missing) => bail!(
            "{path} is registered as valid, but is not there: repair the store with `nix-store --verify --check-contents --repair`"
        ),
    }
}
