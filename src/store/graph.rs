//! The graph of store paths and their references.

use std::collections::{BTreeSet, HashMap};

use anyhow::{Context, Result, bail, ensure};
use rayon::prelude::*;

use super::path::check_base;
use super::{Entry, NarHash, StoreDir, StoreFiles, StorePath};

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

/// Takes paths in any order and from several readings, and makes the [`Graph`] of them.
#[derive(Default)]
pub struct GraphBuilder<'f> {
    files: Option<&'f dyn StoreFiles>,
    dir: Option<StoreDir>,
    ids: HashMap<Box<str>, u32>,
    nodes: Vec<Node>,
    invalid: BTreeSet<Box<str>>,
    reading: u32,
}

/// A path as a [`GraphBuilder`] knows it.
pub(super) struct Reference(u32);

#[derive(Default)]
struct Node {
    /// `None` while the path is only referred to.
    info: Option<PathInfo>,
    entry: Option<Entry>,
    references: Vec<u32>,
    reading: u32,
}

impl<'f> GraphBuilder<'f> {
    /// A builder without paths.
    pub fn new() -> Self {
        Self::default()
    }

    /// A builder that looks at each path as it is added: who reads faster than nix prints has the time.
    pub fn looking_into(files: &'f dyn StoreFiles) -> Self {
        Self {
            // Where a look takes long, many have to be under way at once.
            files: files.looks_at_once().is_none().then_some(files),
            ..Self::default()
        }
    }

    /// Begins another reading: what it repeats of earlier ones must agree with them.
    pub fn begin_reading(&mut self) {
        self.reading += 1;
    }

    /// Says which store the paths lie in; all sayings must agree.
    pub fn set_store_dir(&mut self, dir: &str) -> Result<()> {
        match &self.dir {
            Some(known) => ensure!(
                known.as_str() == dir,
                "there are paths of two stores: {known} and {dir}"
            ),
            None => self.dir = Some(StoreDir::parse(dir)?),
        }
        Ok(())
    }

    /// Adds a valid path. `path` and `references` are absolute or base names.
    pub fn add<'a>(
        &mut self,
        path: &str,
        info: PathInfo,
        references: impl IntoIterator<Item = &'a str>,
    ) -> Result<()> {
        let references = references
            .into_iter()
            .map(|reference| self.reference(reference))
            .collect();
        self.add_referring(path, info, references)
    }

    /// What a path that is yet to be added refers to.
    pub(super) fn reference(&mut self, path: &str) -> Result<Reference> {
        self.intern(path).map(Reference)
    }

    /// The same as [`Self::add`], where the references were read before.
    pub(super) fn add_referring(
        &mut self,
        path: &str,
        info: PathInfo,
        references: Result<Vec<Reference>>,
    ) -> Result<()> {
        let references = references.with_context(|| format!("{path}: a reference is wrong"))?;
        let mut targets: Vec<_> = references.into_iter().map(|Reference(id)| id).collect();
        targets.sort_unstable();
        targets.dedup();
        let id = self.intern(path)?;
        ensure!(
            !self
                .invalid
                .contains(path.rsplit('/').next().unwrap_or(path)),
            "{path} is listed twice, as valid and as not"
        );
        let reading = self.reading;
        let node = &mut self.nodes[id as usize];
        match &node.info {
            Some(known) => ensure!(
                node.reading != reading && *known == info && node.references == targets,
                "{path} is listed twice"
            ),
            None => {
                *node = Node {
                    entry: self
                        .files
                        .zip(self.dir.as_ref())
                        .and_then(|(files, dir)| look(files, dir, path, info.nar_size)),
                    info: Some(info),
                    references: targets,
                    reading,
                }
            }
        }
        Ok(())
    }

    /// Tells what stands at a path that was added before.
    pub fn set_entry(&mut self, path: &StorePath, entry: Entry) {
        if let Some(id) = self.ids.get(path.base()) {
            self.nodes[*id as usize].entry = Some(entry);
        }
    }

    /// Adds a path of which the store says that it is not valid.
    pub fn add_invalid(&mut self, path: &str) -> Result<()> {
        let base = self.base(path)?;
        check_base(base)?;
        let is_valid = self
            .ids
            .get(base)
            .is_some_and(|id| self.nodes[*id as usize].info.is_some());
        ensure!(!is_valid, "{path} is listed twice, as valid and as not");
        self.invalid.insert(base.into());
        Ok(())
    }

    /// The paths of which the store says that they are not valid, sorted, as absolute paths.
    pub fn invalid(&self, dir: &StoreDir) -> Result<BTreeSet<StorePath>> {
        self.invalid.iter().map(|base| dir.join(base)).collect()
    }

    /// The NAR hash of a path that was added as valid.
    pub fn nar_hash(&self, path: &StorePath) -> Option<NarHash> {
        let id = *self.ids.get(path.base())?;
        let info = self.nodes[id as usize].info.as_ref()?;
        Some(info.nar_hash)
    }

    fn base<'a>(&mut self, path: &'a str) -> Result<&'a str> {
        match path.rsplit_once('/') {
            Some((dir, base)) => {
                self.set_store_dir(dir)
                    .with_context(|| format!("{path:?} is not a store path"))?;
                Ok(base)
            }
            None => Ok(path),
        }
    }

    fn intern(&mut self, path: &str) -> Result<u32> {
        let base = self.base(path)?;
        if let Some(id) = self.ids.get(base) {
            return Ok(*id);
        }
        check_base(base)?;
        let id = u32::try_from(self.nodes.len()).context("there are too many paths")?;
        self.ids.insert(base.into(), id);
        self.nodes.push(Node::default());
        Ok(id)
    }

    /// The graph. `store_dir` is used where no path says it. Fails where a reference leads out of the graph or paths
    /// refer to each other in a circle.
    pub fn finish(self, store_dir: &StoreDir) -> Result<Graph> {
        let dir = self.dir.unwrap_or_else(|| store_dir.clone());
        // Their first characters tell most of them apart, and stand in one place.
        let first = |base: &str| {
            base.bytes()
                .take(12)
                .fold(0, |key, byte| key << 8 | u128::from(byte))
        };
        let mut bases: Vec<_> = self
            .ids
            .into_iter()
            .map(|(base, id)| (first(&base), base, id))
            .collect();
        bases.par_sort_unstable();
        let mut rank = vec![0u32; bases.len()];
        for (new, (_, _, old)) in (0u32..).zip(&bases) {
            rank[*old as usize] = new;
        }
        let mut nodes = self.nodes;
        let mut graph = Graph {
            paths: bases
                .par_iter()
                .map(|(_, base, _)| dir.join_checked(base))
                .collect(),
            infos: Vec::with_capacity(bases.len()),
            entries: Vec::with_capacity(bases.len()),
            reference_starts: vec![0],
            references: Vec::new(),
            referrers_first: Vec::new(),
            store_dir: dir,
        };
        let mut total = 0u64;
        for ((_, _, old), path) in bases.iter().zip(&graph.paths) {
            let node = std::mem::take(&mut nodes[*old as usize]);
            let Some(info) = node.info else {
                bail!(
                    "{path} is referred to but not listed: the graph is not closed (was it made with --recursive?)"
                );
            };
            let mut references = node.references;
            for reference in &mut references {
                *reference = rank[*reference as usize];
            }
            references.sort_unstable();
            total = total.saturating_add(info.nar_size);
            ensure!(
                total <= MAX_NAR_SIZE,
                "{path}: with a NAR size of {} bytes, the sum of all is out of range",
                info.nar_size
            );
            graph.infos.push(info);
            graph.entries.push(node.entry);
            graph.references.extend(references);
            graph.reference_starts.push(
                u32::try_from(graph.references.len()).context("there are too many references")?,
            );
        }
        graph.referrers_first = referrers_first(&graph)?;
        Ok(graph)
    }
}

/// What can't be seen is left to who needs it, and says so.
fn look(files: &dyn StoreFiles, dir: &StoreDir, path: &str, nar_size: u64) -> Option<Entry> {
    let base = path.rsplit('/').next().unwrap_or(path);
    let entry = files.entry(&format!("{dir}/{base}"), Some(nar_size)).ok()?;
    entry.filter(|entry| *entry != Entry::Missing)
}

/// Kahn's algorithm; self references are no edges.
fn referrers_first(graph: &Graph) -> Result<Vec<NodeId>> {
    let count = u32::try_from(graph.len())?;
    let mut referrers = vec![0u32; graph.len()];
    for node in 0..count {
        for target in graph.references(node) {
            if *target != node {
                referrers[*target as usize] += 1;
            }
        }
    }
    let mut order: Vec<NodeId> = (0..count)
        .filter(|node| referrers[*node as usize] == 0)
        .collect();
    let mut next = 0;
    while let Some(node) = order.get(next).copied() {
        next += 1;
        for target in graph.references(node) {
            if *target != node {
                referrers[*target as usize] -= 1;
                if referrers[*target as usize] == 0 {
                    order.push(*target);
                }
            }
        }
    }
    if order.len() < graph.len() {
        bail!(
            "the references go in a circle, which no Nix store has: {}",
            circle(graph, &referrers)
        );
    }
    Ok(order)
}

/// Names one circle among the nodes that still have referrers.
fn circle(graph: &Graph, referrers: &[u32]) -> String {
    let mut remaining = referrers.to_vec();
    // Leave out what hangs below a circle: nodes without references into the rest.
    let mut trail: Vec<NodeId> = Vec::new();
    let first = |remaining: &[u32]| {
        (0u32..)
            .zip(remaining)
            .find_map(|(node, count)| (*count > 0).then_some(node))
    };
    let Some(mut node) = first(&remaining) else {
        return String::new();
    };
    loop {
        if let Some(start) = trail.iter().position(|seen| *seen == node) {
            let names: Vec<_> = trail[start..]
                .iter()
                .chain([&node])
                .map(|node| graph.path(*node).base())
                .collect();
            return names.join(" → ");
        }
        trail.push(node);
        let next = graph
            .references(node)
            .iter()
            .find(|target| **target != node && remaining[**target as usize] > 0);
        if let Some(target) = next {
            node = *target;
        } else {
            remaining[node as usize] = 0;
            trail.pop();
            match trail.pop().or_else(|| first(&remaining)) {
                Some(next) => node = next,
                None => return graph.path(node).base().to_owned(),
            }
        }
    }
}
