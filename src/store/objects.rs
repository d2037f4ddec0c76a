//! What the paths of a graph are: directories, files or symlinks.

use anyhow::{Context, Result, bail};
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;

use super::{Entry, Graph, NodeId, Resolved, StoreFiles, resolve};

/// What a store path is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Object {
    /// A directory.
    Directory,
    /// A file.
    File {
        /// Its size, in bytes.
        size: u64,
        /// Whether it can be executed.
        executable: bool,
    },
    /// A symlink.
    Symlink {
        /// Its target as it stands.
        target: String,
        /// Where it leads in the store, all links followed; none: out of the store or nowhere, and only the host on which the
        /// service starts can tell what is there.
        resolved: Option<String>,
    },
    /// No symlink; more can't be known here.
    Unseen,
}

impl Object {
    /// Where it leads if it is a symlink, as far as the store tells.
    pub fn leads_to(&self) -> Option<&str> {
        match self {
            Self::Symlink { target, resolved } => Some(resolved.as_deref().unwrap_or(target)),
            Self::Directory | Self::File { .. } | Self::Unseen => None,
        }
    }
}

/// What some nodes of a graph are.
#[derive(Debug)]
pub struct Objects(Vec<Object>);

impl Objects {
    /// What each of `nodes` is. A path that the store calls valid and does not have is an error.
    pub fn look(graph: &Graph, nodes: &[NodeId], files: &dyn StoreFiles) -> Result<Self> {
        let look = || {
            nodes
                .par_iter()
                .map(|node| object(graph, *node, files))
                .collect::<Result<Vec<_>>>()
        };
        let seen = match files.looks_at_once() {
            None => look()?,
            Some(count) => ThreadPoolBuilder::new()
                .num_threads(count)
                .build()
                .context("could not start threads")?
                .install(look)?,
        };
        let mut objects = vec![Object::Unseen; graph.len()];
        for (node, object) in nodes.iter().zip(seen) {
            objects[*node as usize] = object;
        }
        Ok(Self(objects))
    }

    /// What a node is; `Unseen` too where it was not among those looked at.
    pub fn of(&self, node: NodeId) -> &Object {
        &self.0[node as usize]
    }
}

fn object(graph: &Graph, node: NodeId, files: &dyn StoreFiles) -> Result<Object> {
    let path = graph.path(node);
    let info = graph.info(node);
    if let Some(target) = &info.symlink {
        return Ok(Object::Symlink {
            target: target.clone(),
            resolved: graph.store_dir().owner(target).map(|_| target.clone()),
        });
    }
    let entry = match graph.entry(node) {
        Some(entry) => Some(entry.clone()),
        None => files.entry(path.as_str(), Some(info.nar_size))?,
    };
    Ok(match entry {
        None | Some(Entry::Other) => Object::Unseen,
        Some(Entry::Directory) => Object::Directory,
        Some(Entry::File { size, executable }) => Object::File { size, executable },
        Some(Entry::Symlink(target)) => Object::Symlink {
            target,
            resolved: match resolve(files, graph.store_dir(), path.as_str())? {
                Resolved::Within(resolved) => Some(resolved),
                Resolved::Out | Resolved::Missing | Resolved::Unknown => None,
            },
        },
        Some(Entry::Missing) => bail!(
            "{path} is registered as valid, but is not there: repair the store with `nix-store --verify --check-contents --repair`"
        ),
    })
}
