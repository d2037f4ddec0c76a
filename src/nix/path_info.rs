//! Asks a store for paths and their references.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::process::ChildStdout;

use anyhow::{Context, Result};

use super::Nix;
use super::command::{Failed, chunks};
use crate::document::{Kind, limited};
use crate::store::{Graph, GraphBuilder, NarHash, StoreDir, StoreFiles, StorePath, read_graph};

/// The graph of everything that `roots` reach: one `nix path-info`, or as few as the length of argument lists allows.
/// Each path is looked at in `files` meanwhile. Fails where a root is not valid; [`invalid`] tells which.
pub fn graph(
    nix: &Nix,
    roots: &BTreeSet<StorePath>,
    dir: &StoreDir,
    files: &dyn StoreFiles,
) -> Result<Graph> {
    query(nix, roots, true, dir, GraphBuilder::looking_into(files))
        .and_then(|builder| builder.finish(dir))
        .context("cannot get the closures from the store")
}

/// Those of `paths` that the store does not have.
pub fn invalid(
    nix: &Nix,
    paths: &BTreeSet<StorePath>,
    dir: &StoreDir,
) -> Result<BTreeSet<StorePath>> {
    query(nix, paths, false, dir, GraphBuilder::new())
        .and_then(|builder| builder.invalid(dir))
        .context("cannot query the store for its valid paths")
}

/// A line for each of `expected` that the store does not have with this NAR hash.
pub fn differing_paths(
    nix: &Nix,
    expected: &BTreeMap<StorePath, NarHash>,
    dir: &StoreDir,
) -> Result<Vec<String>> {
    let paths = expected.keys().cloned().collect();
    let there = query(nix, &paths, false, dir, GraphBuilder::new())
        .context("cannot query the store for the paths")?;
    let lines = expected
        .iter()
        .filter_map(|(path, hash)| match there.nar_hash(path) {
            None => Some(format!("{path}: not valid in the store")),
            Some(other) if other != *hash => Some(format!(
                "{path}: has the NAR hash {other} in the store, {hash} in the bundle"
            )),
            Some(_) => None,
        });
    Ok(lines.collect())
}

fn query<'f>(
    nix: &Nix,
    paths: &BTreeSet<StorePath>,
    recursive: bool,
    dir: &StoreDir,
    mut builder: GraphBuilder<'f>,
) -> Result<GraphBuilder<'f>> {
    builder.set_store_dir(dir.as_str())?;
    let (derivations, others): (Vec<_>, Vec<_>) = paths
        .iter()
        .map(StorePath::as_str)
        .partition(|path| path.ends_with(".drv"));
    // Nix 2.8 takes the path of a derivation for its outputs. Hardly any service names one.
    for (paths, of_derivations) in [(others, None), (derivations, Some("--derivation"))] {
        for chunk in chunks(paths) {
            let flags = recursive.then_some("--recursive").into_iter();
            let flags = flags.chain(of_derivations).map(OsString::from);
            let arguments: Vec<_> = flags.chain(chunk).collect();
            path_info(nix, &arguments, |stdout| {
                read_graph(limited(stdout, Kind::Graph), &mut builder)
            })?;
        }
    }
    Ok(builder)
}

/// From 2.33 on nix warns where it is not told the format, and is to refuse one day; before, it does not know the flag, so that asking
/// without comes first: nearly everywhere that is the only call. `--offline`: for a path that is not valid nix would ask every
/// substituter, which is for [`super::realise`] to do.
fn path_info(
    nix: &Nix,
    arguments: &[OsString],
    mut read: impl FnMut(ChildStdout) -> Result<()>,
) -> Result<()> {
    let plain = ["path-info", "--offline", "--json"];
    match nix.nix(&plain, arguments.iter().cloned(), &mut read) {
        Err(error) if wants_format(&error) => {
            let with_format = [&plain[..], &["--json-format", "1"]].concat();
            nix.nix(&with_format, arguments.iter().cloned(), read)
        }
        outcome => outcome,
    }
}

fn wants_format(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<Failed>()
        .is_some_and(|failed| failed.stderr.contains("--json-format"))
}
