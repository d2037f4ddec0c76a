//! Determines whether the paths of a graph are directories, files or symlinks.

use anyhow::{Context, Result, bail};
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;

use super::{Entry, Graph, Link, NodeId, Resolved, StoreDir, StoreFiles, resolve};

/// The type of a store path.
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
        /// Its own target.
        target: String,
        /// The final path, if it is in the store. `None` if the symlink leads out of the store or nowhere; then only the host that
        /// runs the service can resolve it.
        resolved: Option<String>,
    },
    /// No symlink; nothing more is known.
    Unseen,
}

impl Object {
    /// Returns what a bundle records about a symlink of the store at `dir`; `None` for anything else.
    pub fn link(&self, dir: &StoreDir) -> Option<Link> {
        let Self::Symlink { target, resolved } = self else {
            return None;
        };
        let leads_to = resolved.as_ref().unwrap_or(target);
        Some(Link {
            leads_to: leads_to.clone(),
            target: (target != leads_to).then(|| target.clone()),
            unresolved: resolved.is_none() && is_within(dir, target),
        })
    }
}

/// The types of some nodes of a graph.
#[derive(Debug)]
pub struct Objects(Vec<Object>);

impl Objects {
    /// Determines the type of each of `nodes`. Fails if a path is missing although it is valid in the store.
    pub fn look(graph: &Graph, nodes: &[NodeId], files: &dyn StoreFiles) -> Result<Self> {
        let seen = look_at_each(nodes, files, |node| object(graph, node, files))?;
        let mut objects = vec![Object::Unseen; graph.len()];
        for (node, object) in nodes.iter().zip(seen) {
            objects[*node as usize] = object;
        }
        Ok(Self(objects))
    }

    /// Returns the type of a node; `Unseen` if it was not among the `nodes` of [`Self::look`].
    pub fn of(&self, node: NodeId) -> &Object {
        &self.0[node as usize]
    }
}

/// Looks at each of these nodes in a store, at as many at once as the store allows.
pub fn look_at_each<T: Send>(
    nodes: &[NodeId],
    files: &dyn StoreFiles,
    look: impl Fn(NodeId) -> Result<T> + Send + Sync,
) -> Result<Vec<T>> {
    let look = || nodes.par_iter().map(|node| look(*node)).collect();
    match files.looks_at_once() {
        None => look(),
        Some(count) => ThreadPoolBuilder::new()
            .num_threads(count)
            .build()
            .context("cannot start threads")?
            .install(look),
    }
}

/// Whether this is a path of the store, without components such as `..`.
fn is_within(dir: &StoreDir, path: &str) -> bool {
    let is_plain = |part: &str| !matches!(part, "" | "." | "..");
    dir.owner(path).is_some() && path.split('/').skip(1).all(is_plain)
}

fn object(graph: &Graph, node: NodeId, files: &dyn StoreFiles) -> Result<Object> {
    let path = graph.path(node);
    let info = graph.info(node);
    if let Some(link) = &info.symlink {
        let leads_to = &link.leads_to;
        let is_resolved = !link.unresolved && is_within(graph.store_dir(), leads_to);
        return Ok(Object::Symlink {
            target: link.target.as_ref().unwrap_or(leads_to).clone(),
            resolved: is_resolved.then(|| leads_to.clone()),
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
