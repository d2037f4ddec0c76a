//! The graph that contains the closure roots.

use std::path::Path;

use anyhow::Result;

use super::Request;
use super::files::read_file;
use crate::bundle::{self, is_bundle, read_json_of_bundle};
use crate::document::{Kind, json_text};
use crate::nix::{self, Nix, Wanted};
use crate::service::ClosureRoots;
use crate::store::{Graph, GraphBuilder, StoreDir, StoreFiles, parse_graph};
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
        let mut wanted = Wanted::default();
        for (name, mentioned) in roots.iter() {
            for (path, installables) in &mentioned.installables {
                wanted.add(path.clone(), name, installables.iter().cloned());
            }
        }
        let paths = wanted.paths();
        let ask = || {
            nix.progress().step(&format!(
                "querying the store for {}",
                count(paths.len(), "closure root")
            ));
            nix::graph(nix, &paths, dir, files)
        };
        if let Ok(graph) = ask() {
            return Ok(graph);
        }
        // Usually a closure root is not valid yet. If all are valid now, another process has built them meanwhile.
        nix::ensure_valid(nix, wanted, dir, self.no_build)?;
        ask()
    }
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
