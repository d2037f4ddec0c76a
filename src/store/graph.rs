//! The graph of store paths and their references.

mod builder;
mod order;

use super::{Entry, NarHash, StoreDir, StorePath};

pub use builder::GraphBuilder;
pub(super) use builder::Reference;

/// Stands for a path of a [`Graph`]; in the order of the paths themselves.
pub type NodeId = u32;

/// What a graph knows of a path besides its references.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathInfo {
    /// Hash of the NAR serialisation.
    pub nar_hash: NarHash,
    /// Size of the NAR serialisation, in bytes; at most `i64::MAX`, what a Nix integer holds.
    pub nar_size: u64,
    /// Where the path leads, if it is a symlink and the source of the graph tells (only bundles do).
    pub symlink: Option<Link>,
}

/// What a bundle records of a store path that is a symlink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where it leads: within the store with all links followed, else its own target.
    pub leads_to: String,
    /// Its own target, where that is another and is known.
    pub target: Option<String>,
    /// Whether `leads_to` is a path of the store at which nothing of the store was found.
    pub unresolved: bool,
}

/// Largest sum of NAR sizes, in bytes: what a Nix integer holds.
pub const MAX_NAR_SIZE: u64 = i64::MAX as u64;

/// Store paths with their references: every reference is a path of the graph, and there is no
/// cycle but references of a path to itself.
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
    /// The store all paths lie in.
    pub fn store_dir(&self) -> &StoreDir {
        &self.store_dir
    }

    /// How many paths there are.
    pub fn len(&self) -> usize {
        self.paths.len()
    }

    /// Whether there is no path.
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// The node of a path.
    pub fn find(&self, path: &StorePath) -> Option<NodeId> {
        let index = self.paths.binary_search(path).ok()?;
        NodeId::try_from(index).ok()
    }

    /// The path of a node.
    pub fn path(&self, node: NodeId) -> &StorePath {
        &self.paths[node as usize]
    }

    /// Hash and size of a node.
    pub fn info(&self, node: NodeId) -> &PathInfo {
        &self.infos[node as usize]
    }

    /// What stands at the path of a node, if that was looked at while the graph was read.
    pub fn entry(&self, node: NodeId) -> Option<&Entry> {
        self.entries[node as usize].as_ref()
    }

    /// What a node refers to, sorted; itself too where it holds its own path.
    pub fn references(&self, node: NodeId) -> &[NodeId] {
        let node = node as usize;
        &self.references
            [self.reference_starts[node] as usize..self.reference_starts[node + 1] as usize]
    }

    /// All nodes, each before what it refers to.
    pub fn referrers_first(&self) -> &[NodeId] {
        &self.referrers_first
    }
}
