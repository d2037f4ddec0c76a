//! Makes a bundle from services and a graph.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use rayon::prelude::*;

use super::Digest;
use super::absent::absent_program;
use super::model::{Bundle, BundleService, Closure, VERSION};
use super::recorded;
use super::views::view;
use crate::confine::{Confiner, Rooted, Strategies};
use crate::service::{ClosureRoots, Services};
use crate::store::{Graph, NodeId, Objects, StoreFiles, closures};

/// A bundle with the content of its files, not yet written.
#[derive(Debug)]
pub struct Planned {
    /// The data of `bundle.json`; it is sealed when it is written.
    pub bundle: Bundle,
    /// The content of its other files, by their path in the bundle.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Warnings about services whose own settings defeat their confinement, or whose program is not in their root.
    pub warnings: Vec<String>,
}

/// Makes the bundle that confines `services` to what their closure roots reach in `graph`. `files` gives the types of paths.
pub fn make(
    services: &Services,
    roots: &ClosureRoots,
    graph: &Graph,
    files: &dyn StoreFiles,
    strategies: Strategies,
) -> Result<Planned> {
    ensure!(
        graph.is_empty() || services.store_dir == *graph.store_dir(),
        "the services are of the store {}, the graph is of {}: give recordings of the same store",
        services.store_dir,
        graph.store_dir()
    );
    let rooted = services
        .services
        .par_iter()
        .map(|(name, service)| Rooted::new(name, service, roots.of(name)?, graph))
        .collect::<Result<Vec<_>>>()?;
    let root_nodes: Vec<_> = rooted.iter().map(|rooted| rooted.nodes.clone()).collect();
    let reached = closures(graph, &root_nodes);
    let union = union(graph, &reached);
    let confiner = Confiner {
        graph,
        objects: Objects::look(graph, &union, files)?,
        files,
        strategies,
    };
    let ids = closure_ids(graph, &reached);

    let confined: Vec<(BundleService, String)> = rooted
        .par_iter()
        .zip(&reached)
        .zip(&ids)
        .map(|((rooted, nodes), id)| {
            confiner
                .confine(rooted, nodes, id)
                .and_then(|confined| recorded::service(rooted, confined, id))
                .with_context(|| format!("cannot confine {}", rooted.name))
        })
        .collect::<Result<_>>()?;

    let mut seen: BTreeMap<&str, Seen> = BTreeMap::new();
    for (nodes, (service, _)) in reached.iter().zip(&confined) {
        let seen = seen.entry(&service.closure).or_insert(Seen {
            nodes,
            in_view: false,
        });
        seen.in_view |= service.strategy.is_view();
    }
    let mut is_viewed = vec![false; graph.len()];
    for seen in seen.values().filter(|seen| seen.in_view) {
        for node in seen.nodes {
            is_viewed[*node as usize] = true;
        }
    }
    let paths: Vec<_> = union
        .par_iter()
        .map(|node| {
            let path = recorded::path(confiner.store_paths(), *node, is_viewed[*node as usize]);
            (graph.path(*node).clone(), path)
        })
        .collect();
    let shown: Vec<_> = seen
        .par_iter()
        .map(|(id, seen)| {
            let (closure, files) = closure(&confiner, id, seen)?;
            Ok((((*id).to_owned(), closure), files))
        })
        .collect::<Result<_>>()?;
    let (closures, files): (BTreeMap<_, _>, Vec<_>) = shown.into_iter().unzip();

    let mut planned = Planned {
        bundle: Bundle {
            closures,
            paths: paths.into_iter().collect(),
            seal: None,
            services: BTreeMap::new(),
            source: services.source,
            store_dir: services.store_dir.clone(),
            version: VERSION,
        },
        files: files.into_iter().flatten().collect(),
        warnings: rooted
            .iter()
            .flat_map(|rooted| rooted.warnings(&services.store_dir))
            .collect(),
    };
    for (rooted, (service, drop_in)) in rooted.iter().zip(confined) {
        let absent = absent_program(&planned.bundle, rooted.name, &service);
        planned.warnings.extend(absent);
        planned
            .files
            .insert(service.drop_in.path.clone(), drop_in.into_bytes());
        planned.bundle.services.insert(rooted.name.clone(), service);
    }
    Ok(planned)
}

/// A closure that services see, some of them in a view.
struct Seen<'a> {
    nodes: &'a [NodeId],
    in_view: bool,
}

/// A closure for the bundle, and the files of its view if it has one.
fn closure(
    confiner: &Confiner,
    id: &str,
    seen: &Seen,
) -> Result<(Closure, BTreeMap<String, Vec<u8>>)> {
    let (view, files) = if seen.in_view {
        let (view, files) = view(id, confiner.graph, seen.nodes, &confiner.objects)?;
        (Some(view), files)
    } else {
        (None, BTreeMap::new())
    };
    let size = |node: &NodeId| confiner.graph.info(*node).nar_size;
    let path = |node: &NodeId| confiner.graph.path(*node).clone();
    let closure = Closure {
        nar_size: seen.nodes.iter().map(size).sum(),
        paths: seen.nodes.iter().map(path).collect(),
        view,
    };
    Ok((closure, files))
}

/// The id of each closure, from the names of its paths.
pub fn closure_ids(graph: &Graph, closures: &[Vec<NodeId>]) -> Vec<String> {
    closures
        .par_iter()
        .map(|nodes| closure_id(graph, nodes))
        .collect()
}

/// The id of one closure.
pub fn closure_id(graph: &Graph, nodes: &[NodeId]) -> String {
    let lines: String = nodes
        .iter()
        .flat_map(|node| [graph.path(*node).as_str(), "\n"])
        .collect();
    Digest::short(lines.as_bytes())
}

/// The nodes of all closures, sorted.
pub fn union(graph: &Graph, closures: &[Vec<NodeId>]) -> Vec<NodeId> {
    let mut is_reached = vec![false; graph.len()];
    for node in closures.iter().flatten() {
        is_reached[*node as usize] = true;
    }
    (0..)
        .zip(is_reached)
        .filter_map(|(node, is_reached)| is_reached.then_some(node))
        .collect()
}
