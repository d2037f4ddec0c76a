//! Queries a store for paths and their references.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::process::ChildStdout;

use anyhow::{Context, Result};

use super::Failed;
use super::Nix;
use super::command::chunks;
use crate::document::{Kind, limited};
use crate::store::{Graph, GraphBuilder, NarHash, StoreDir, StoreFiles, StorePath, read_graph};

/// Returns the graph of everything that `roots` reach, with one `nix path-info`, or with as few as the length of argument lists
/// allows. Inspects each path in `files` as it arrives. Fails if a root is not valid; [`invalid`] returns which.
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

/// Returns those of `paths` that are not valid in the store.
pub fn invalid(
    nix: &Nix,
    paths: &BTreeSet<StorePath>,
    dir: &StoreDir,
) -> Result<BTreeSet<StorePath>> {
    query(nix, paths, false, dir, GraphBuilder::new())
        .and_then(|builder| builder.invalid(dir))
        .context("cannot query the store for its valid paths")
}

/// Describes, one per line, the expected paths that the store lacks or has with another NAR hash.
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
    // Without --derivation, Nix 2.8 reads the path of a derivation as its outputs. Hardly any service names a derivation.
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

/// Since 2.33, nix warns if the JSON format is not set, and announces an error for later; older versions don't know the flag. The
/// call without the flag comes first, as it succeeds with nearly every version. Without `--offline`, nix would ask every
/// substituter about a path that is not valid; [`super::realise`] does that.
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
