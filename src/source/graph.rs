//! The graph that contains the closure roots.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;

use super::Request;
use super::files::read_file;
use crate::bundle::{self, is_bundle, read_json_of_bundle};
use crate::document::{Kind, json_text};
use crate::nix::{self, Nix, Wanted};
use crate::service::{ClosureRoots, UnitName};
use crate::store::{Graph, GraphBuilder, StoreDir, StoreFiles, StorePath, parse_graph};
use crate::text::count;

impl Request {
    /// The recorded graph, or the store's graph of the closure roots.
    pub(super) fn graph(
        &self,
        nix: &Nix,
        dir: &StoreDir,
        roots: &ClosureRoots,
        files: &dyn StoreFiles,
    ) -> Result<Graph> {
        match &self.graph {
            Some(file) => {
                nix.progress().step("reading the graph");
                recorded(file, dir)
            }
            None => self.ask_store(nix, dir, roots, files),
        }
    }

    /// One query is enough, unless the store lacks paths.
    fn ask_store(
        &self,
        nix: &Nix,
        dir: &StoreDir,
        roots: &ClosureRoots,
        files: &dyn StoreFiles,
    ) -> Result<Graph> {
        let wanted = wanted(roots, ToString::to_string);
        let paths = wanted.paths();
        if let Ok(graph) = query(nix, &paths, dir, files) {
            return Ok(graph);
        }
        // Usually a closure root is not valid yet. If all are valid now, another process has built them meanwhile.
        nix::ensure_valid(nix, wanted, dir, self.no_build)?;
        query(nix, &paths, dir, files)
    }
}

/// The closure roots, with how to realise them; `named_by` tells what messages call a service.
pub(super) fn wanted(roots: &ClosureRoots, named_by: impl Fn(&UnitName) -> String) -> Wanted {
    let mut wanted = Wanted::default();
    for (name, mentioned) in roots.iter() {
        for (path, installables) in &mentioned.installables {
            wanted.add(path.clone(), &named_by(name), installables.iter().cloned());
        }
    }
    wanted
}

/// The graph of closure roots, if the store has all of them.
pub(super) fn query(
    nix: &Nix,
    roots: &BTreeSet<StorePath>,
    dir: &StoreDir,
    files: &dyn StoreFiles,
) -> Result<Graph> {
    nix.progress().step(&format!(
        "querying the store for {}",
        count(roots.len(), "closure root")
    ));
    nix::graph(nix, roots, dir, files)
}

/// The graph in a file: the output of nix, or a bundle.
pub(super) fn recorded(file: &Path, dir: &StoreDir) -> Result<Graph> {
    let remedy = "`nix path-info --json --recursive` prints a graph";
    read_file(file, Kind::Graph, remedy, |input| {
        let json = json_text(input)?;
        if is_bundle(&json) {
            return bundle::graph(&read_json_of_bundle(&json)?);
        }
        let mut builder = GraphBuilder::new();
        parse_graph(&json, &mut builder)?;
        builder.finish(dir)
    })
}
