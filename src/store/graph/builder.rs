//! Builds a graph from paths as they are read.

use std::collections::{BTreeSet, HashMap};

use anyhow::{Context, Result, bail, ensure};
use rayon::prelude::*;

use super::order::referrers_first;
use super::{Graph, MAX_NAR_SIZE, PathInfo};
use crate::store::path::check_base;
use crate::store::{Entry, NarHash, StoreDir, StoreFiles, StorePath};

/// Collects paths, in any order and from several documents, and builds the [`Graph`].
#[derive(Default)]
pub struct GraphBuilder<'f> {
    files: Option<&'f dyn StoreFiles>,
    dir: Option<StoreDir>,
    ids: HashMap<Box<str>, u32>,
    nodes: Vec<Node>,
    invalid: BTreeSet<Box<str>>,
    reading: u32,
}

/// A reference to a path, as an index into the nodes of a [`GraphBuilder`].
pub(in crate::store) struct Reference(u32);

#[derive(Default)]
struct Node {
    /// `None` as long as the path is only referred to.
    info: Option<PathInfo>,
    entry: Option<Entry>,
    references: Vec<u32>,
    reading: u32,
}

impl<'f> GraphBuilder<'f> {
    /// Makes a builder without paths.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a builder that looks up each path in `files` as it is added. That costs no time, as nix prints more slowly than
    /// confinix reads.
    pub fn looking_into(files: &'f dyn StoreFiles) -> Self {
        Self {
            // Slow lookups are left for later, when many can run at once.
            files: files.looks_at_once().is_none().then_some(files),
            ..Self::default()
        }
    }

    /// Begins another document. Paths that it repeats must be the same as before.
    pub fn begin_reading(&mut self) {
        self.reading += 1;
    }

    /// Sets the directory of the store. Fails if another one was set before.
    pub fn set_store_dir(&mut self, dir: &str) -> Result<()> {
        match &self.dir {
            Some(known) => ensure!(
                known.as_str() == dir,
                "paths of two stores: {known} and {dir}"
            ),
            None => self.dir = Some(StoreDir::parse(dir)?),
        }
        Ok(())
    }

    /// Adds a valid path. `path` and `references` are absolute paths or base names.
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

    /// Makes a reference for a path that is yet to be added.
    pub(in crate::store) fn reference(&mut self, path: &str) -> Result<Reference> {
        self.intern(path).map(Reference)
    }

    /// Like [`Self::add`], with references that were made before.
    pub(in crate::store) fn add_referring(
        &mut self,
        path: &str,
        info: PathInfo,
        references: Result<Vec<Reference>>,
    ) -> Result<()> {
        let references = references.with_context(|| format!("{path}: invalid reference"))?;
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

    /// Records what is at a path that was added before.
    pub fn set_entry(&mut self, path: &StorePath, entry: Entry) {
        if let Some(id) = self.ids.get(path.base()) {
            self.nodes[*id as usize].entry = Some(entry);
        }
    }

    /// Records a path that the store reports as invalid.
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

    /// Returns the absolute paths that the store reported as invalid.
    pub fn invalid(&self, dir: &StoreDir) -> Result<BTreeSet<StorePath>> {
        self.invalid.iter().map(|base| dir.join(base)).collect()
    }

    /// Returns the NAR hash of a path that was added as valid.
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
        let id = u32::try_from(self.nodes.len()).context("too many paths")?;
        self.ids.insert(base.into(), id);
        self.nodes.push(Node::default());
        Ok(id)
    }

    /// Builds the graph. `store_dir` applies if no path determined the store. Fails if a reference leads out of the graph or the
    /// references form a cycle.
    pub fn finish(self, store_dir: &StoreDir) -> Result<Graph> {
        let dir = self.dir.unwrap_or_else(|| store_dir.clone());
        // The first characters distinguish most base names, and comparing them as an integer needs no pointer.
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
                "{path}: with a NAR size of {} bytes, the total size is out of range",
                info.nar_size
            );
            graph.infos.push(info);
            graph.entries.push(node.entry);
            graph.references.extend(references);
            graph
                .reference_starts
                .push(u32::try_from(graph.references.len()).context("too many references")?);
        }
        graph.referrers_first = referrers_first(&graph)?;
        Ok(graph)
    }
}

/// Looks up a path. `None` on failure: whoever needs the entry looks again, and reports the error.
fn look(files: &dyn StoreFiles, dir: &StoreDir, path: &str, nar_size: u64) -> Option<Entry> {
    let base = path.rsplit('/').next().unwrap_or(path);
    let entry = files.entry(&format!("{dir}/{base}"), Some(nar_size)).ok()?;
    entry.filter(|entry| *entry != Entry::Missing)
}
