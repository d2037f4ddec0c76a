//! The graph of store paths and their references.

mod builder;
mod order;

use super::{Entry, NarHash, StoreDir, StorePath};

pub use builder::GraphBuilder;
pub(super) use builder::Reference;

/// Index of a path in a [`Graph`]. Indices are in the order of the paths.
pub type NodeId = u32;

/// What a graph records about a path, besides its references.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathInfo {
    /// Hash of the NAR serialisation.
    pub nar_hash: NarHash,
    /// Size of the NAR serialisation, in bytes; at most `i64::MAX`, the largest Nix integer.
    pub nar_size: u64,
    /// Where the path leads, if it is a symlink and the source of the graph records that (only bundles do).
    pub symlink: Option<Link>,
}

/// What a bundle records about a store path that is a symlink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where it leads: the final path if that is in the store, else its own target.
    pub leads_to: String,
    /// Its own target, if that differs from `leads_to` and is known.
    pub target: Option<String>,
    /// Whether `leads_to` looks like a path of the store, but nothing was found there.
    pub unresolved: bool,
}

/// Maximum sum of NAR sizes, in bytes: the largest Nix integer.
pub const MAX_NAR_SIZE: u64 = i64::MAX as u64;

/// Store paths with their references. Every reference is a path of the graph, and there are no cycles except for paths that refer
/// to themselves.
#[derive(Debug)]
pub struct Graph {
    store_dir: StoreDir,
    paths: Vec<StorePath>,
    infos: Vec<PathInfo>,
    entries: Vec<Option<Entry>>,
    reference_starts: Vec<u32>,
    references: Vec<NodeId>,
    referrers_first: Vec<NodeId>,
}

impl Graph {
    /// Returns the directory of the store that contains all the paths.
    pub fn store_dir(&self) -> &StoreDir {
        &self.store_dir
    }

    /// Returns the number of paths.
    pub fn len(&self) -> usize {
        self.paths.len()
    }

    /// Whether the graph is empty.
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// Finds the node of a path.
    pub fn find(&self, path: &StorePath) -> Option<NodeId> {
        let index = self.paths.binary_search(path).ok()?;
        NodeId::try_from(index).ok()
    }

    /// Returns the path of a node.
    pub fn path(&self, node: NodeId) -> &StorePath {
        &self.paths[node as usize]
    }

    /// Returns the hash and size of a node.
    pub fn info(&self, node: NodeId) -> &PathInfo {
        &self.infos[node as usize]
    }

    /// Returns what is at the path of a node, if the builder looked.
    pub fn entry(&self, node: NodeId) -> Option<&Entry> {
        self.entries[node as usize].as_ref()
    }

    /// Returns the nodes that a node refers to, sorted. Includes the node itself if it contains its own path.
    pub fn references(&self, node: NodeId) -> &[NodeId] {
        let node = node as usize;
        &self.references
            [self.reference_starts[node] as usize..self.reference_starts[node + 1] as usize]
    }

    /// Returns all nodes, each before its references.
    pub fn referrers_first(&self) -> &[NodeId] {
        &self.referrers_first
    }
}
