//! Compares paths with a bundle's record of them, if the store's files are accessible.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::compact::compare;
use super::difference::{Difference, within};
use super::hidden::{Hidden, Wanted, hidden};
use super::model::Bundle;
use super::recorded;
use super::uncalled::{uncalled, with};
use super::views::directories;
use super::{BundlePath, graph};
use crate::confine::StorePaths;
use crate::store::{Entry, Graph, NodeId, Objects, StoreFiles, StorePath};

/// How many differences of one path are reported.
const MOST: usize = 4;

/// The differences between symlinks, directories and files of a store and their records in `bundle`; paths that the store lacks
/// are skipped.
pub fn differing_objects(bundle: &Bundle, files: &dyn StoreFiles) -> Result<Vec<Difference>> {
    // Must not be answered from the bundle itself.
    let paths: BTreeMap<StorePath, BundlePath> = bundle
        .paths
        .iter()
        .map(|(path, info)| {
            let info = BundlePath {
                directories: None,
                file: None,
                hidden: Hidden::new(),
                symlink: None,
                target: None,
                unresolved: false,
                ..info.clone()
            };
            (path.clone(), info)
        })
        .collect();
    let graph = graph(&Bundle {
        paths,
        ..bundle.clone()
    })?;
    let mut nodes = Vec::new();
    for node in (0..).take(graph.len()) {
        let entry = files.entry(graph.path(node).as_str(), Some(graph.info(node).nar_size))?;
        if !matches!(entry, None | Some(Entry::Missing)) {
            nodes.push(node);
        }
    }
    let objects = Objects::look(&graph, &nodes, files)?;
    let services = bundle.services.values();
    let with_view = services.filter(|service| service.strategy.is_view());
    let mut viewed = BTreeSet::new();
    let mut wanted = Wanted::new();
    for service in with_view {
        for path in &bundle.closures[&service.closure].paths {
            viewed.insert(path);
            if let Some(node) = graph.find(path).filter(|_| !service.hide.is_empty()) {
                wanted.entry(node).or_default().extend(&service.hide);
            }
        }
    }
    wanted.retain(|node, _| nodes.binary_search(node).is_ok());
    let known = StorePaths {
        graph: &graph,
        objects: &objects,
    };
    let in_view: Vec<_> = nodes
        .iter()
        .copied()
        .filter(|node| viewed.contains(graph.path(*node)))
        .collect();
    let directories = directories(known, &in_view, files)?;
    let hidden = hidden(known, &wanted, files)?;
    let mut differences = uncalled_differences(bundle, &graph, &nodes, files)?;
    for node in nodes {
        let path = graph.path(node);
        let Some(found) = bundle
            .paths
            .get(path)
            .filter(|found| says_what_it_is(found))
        else {
            continue;
        };
        let is_viewed = viewed.contains(path);
        let mut expected = recorded::path(
            known,
            node,
            is_viewed,
            directories.get(&node),
            hidden.get(&node),
        );
        // Unknown in a recording.
        expected.target = expected.target.filter(|_| found.target.is_some());
        if expected == *found {
            continue;
        }
        let place = within("paths", path.as_str());
        compare(&place, &expected, found, MOST, &mut differences)?;
    }
    Ok(differences)
}

/// The differences in what nothing calls, of the closures that are whole in the store.
fn uncalled_differences(
    bundle: &Bundle,
    graph: &Graph,
    nodes: &[NodeId],
    files: &dyn StoreFiles,
) -> Result<Vec<Difference>> {
    let is_there = |path: &StorePath| {
        let node = graph.find(path);
        node.is_some_and(|node| nodes.binary_search(&node).is_ok())
    };
    let is_whole = |id: &str| bundle.closures[id].paths.iter().all(is_there);
    let services = bundle.services.values();
    let services = services.filter(|service| is_whole(&service.closure));
    let paths = |id: &str| bundle.closures[id].paths.iter().collect();
    let found = uncalled(services, paths, &bundle.store_dir, files)?;
    let mut differences = Vec::new();
    for (id, uncalled) in found {
        let closure = &bundle.closures[id];
        let expected = with(closure.clone(), Some(uncalled));
        compare(
            &within("closures", id),
            &expected,
            closure,
            MOST,
            &mut differences,
        )?;
    }
    Ok(differences)
}

/// A bundle made from a recording may not know.
fn says_what_it_is(path: &BundlePath) -> bool {
    path.directories.is_some() || path.file.is_some() || path.symlink.is_some()
}
