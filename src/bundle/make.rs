//! Makes a bundle from services and a graph.

use std::collections::BTreeMap;

use anyhow::{Context, Error, Result, ensure};
use rayon::prelude::*;

use super::Digest;
use super::absent::absent_program;
use super::hidden::{hidden, wanted};
use super::model::{Bundle, BundlePath, BundleService, Closure, VERSION, View};
use super::ran::add_ran;
use super::recorded;
use super::seal::{Beginning, beginning};
use super::uncalled::{OfClosure, Uncalled, uncalled, with};
use super::views::{AllViews, InViews, ShownClosure, directories, view, with_own_view};
use crate::confine::{Confiner, Rooted, StorePaths, Strategies};
use crate::service::{Choice, ClosureRoots, HostName, Services, UnitName};
use crate::store::{Graph, NodeId, Objects, StoreFiles, StorePath, closures};

/// A bundle with the content of its files, not yet written.
#[derive(Debug)]
pub struct Planned {
    /// The data of `bundle.json`; it is sealed when it is written.
    pub bundle: Bundle,
    /// The content of its other files, by their path in the bundle.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The host, if its services tell.
    pub host: Option<HostName>,
    /// Warnings about services whose own settings defeat their confinement, or whose program is not in their root.
    pub warnings: Vec<String>,
    /// The beginning of `bundle.json`, if it is already made.
    pub(super) beginning: Option<Beginning>,
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
        "the services use the store {}, and the graph describes {}: give recordings of the same store",
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
    let union = nodes_of(graph, reached.iter().map(Vec::as_slice));
    let confiner = Confiner {
        graph,
        objects: Objects::look(graph, &union, files)?,
        files,
        strategies,
        cost_without_views: cost_without_views(strategies, &rooted, &reached),
        manager: services.manager,
    };
    let ids = closure_ids(graph, &reached);

    let mut confined: Vec<(BundleService, String)> = rooted
        .par_iter()
        .zip(&reached)
        .zip(&ids)
        .map(|((rooted, nodes), id)| {
            confiner
                .confine(rooted, nodes, id)
                .and_then(|confined| recorded::service(rooted, confined, id, services.manager))
                .with_context(|| format!("cannot confine {}", rooted.name))
        })
        .collect::<Result<_>>()?;

    let with_nodes = ids.iter().zip(&reached);
    let seen: BTreeMap<&str, &[NodeId]> = with_nodes
        .map(|(id, nodes)| (id.as_str(), nodes.as_slice()))
        .collect();
    let paths = |id: &str| seen[id].iter().map(|node| graph.path(*node)).collect();
    add_ran(&rooted, &mut confined, paths, graph.store_dir(), files)?;
    let confined_ones = confined.iter().map(|(service, _)| service);
    let uncalled = uncalled(confined_ones, paths, graph.store_dir(), files)?;
    let mut viewed = AllViews::new();
    for (nodes, (service, _)) in reached.iter().zip(&confined) {
        if service.strategy.is_view() {
            let shown = ShownClosure {
                nodes,
                hide: &service.hide,
                uncalled: uncalled.get(service.closure.as_str()).map(|of| &of.hidden),
            };
            viewed.insert(service.view_id(), shown);
        }
    }
    let names = rooted.iter().map(|rooted| rooted.name);
    let own = with_own_view(names.zip(confined.iter().map(|(service, _)| service)));
    let Content {
        closures,
        paths,
        beginning,
        view,
        files,
    } = content(
        confiner.store_paths(),
        &union,
        (&seen, &uncalled),
        &viewed,
        &own,
        files,
    )?;

    let mut planned = Planned {
        bundle: Bundle {
            closures,
            paths,
            seal: None,
            services: BTreeMap::new(),
            source: services.source,
            store_dir: services.store_dir.clone(),
            unconfined: services.unconfined.clone(),
            manager: services.manager,
            version: VERSION,
            view,
        },
        files,
        host: services.named_host(),
        warnings: rooted
            .iter()
            .flat_map(|rooted| rooted.warnings(&services.store_dir))
            .collect(),
        beginning,
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

/// What a bundle says of closures and paths, and what shows them.
struct Content {
    closures: BTreeMap<String, Closure>,
    paths: BTreeMap<StorePath, BundlePath>,
    beginning: Option<Beginning>,
    view: Option<View>,
    files: BTreeMap<String, Vec<u8>>,
}

/// The content of a bundle with the paths of these nodes and these closures, of which some are `viewed`. `own`: the services that have a
/// view of their own.
fn content(
    known: StorePaths,
    nodes: &[NodeId],
    (closures, uncalled): (&BTreeMap<&str, &[NodeId]>, &BTreeMap<&str, OfClosure>),
    viewed: &AllViews,
    own: &[&UnitName],
    files: &dyn StoreFiles,
) -> Result<Content> {
    let graph = known.graph;
    let in_view = nodes_of(graph, viewed.values().map(|shown| shown.nodes));
    let directories = directories(known, &in_view, files)?;
    let wanted = wanted(viewed.values().map(|shown| (shown.hide, shown.nodes)));
    let hidden = hidden(known, &wanted, files)?;
    let record = || -> (BTreeMap<_, _>, BTreeMap<_, _>) {
        let paths = nodes.par_iter().map(|node| {
            let is_viewed = in_view.binary_search(node).is_ok();
            let (directories, hidden) = (directories.get(node), hidden.get(node));
            let path = recorded::path(known, *node, is_viewed, directories, hidden);
            (graph.path(*node).clone(), path)
        });
        let paths: Vec<_> = paths.collect();
        let closures = closures.iter().map(|(id, nodes)| {
            let closure = with(closure(graph, nodes), uncalled.get(id).cloned());
            ((*id).to_owned(), closure)
        });
        (closures.collect(), paths.into_iter().collect())
    };
    if viewed.is_empty() {
        let (closures, paths) = record();
        return Ok(Content {
            closures,
            paths,
            beginning: None,
            view: None,
            files: BTreeMap::new(),
        });
    }
    let in_views = InViews {
        directories: &directories,
        hidden: &hidden,
        views: viewed,
        own,
    };
    // One thread makes the image. Meanwhile, the others make most of the text.
    let (recorded, viewed) = rayon::join(
        || {
            let (closures, paths) = record();
            let beginning = beginning(&closures, &paths)?;
            Ok::<_, Error>((closures, paths, beginning))
        },
        || view(known, &in_views),
    );
    let (closures, paths, beginning) = recorded?;
    let (view, files) = viewed?;
    Ok(Content {
        closures,
        paths,
        beginning: Some(beginning),
        view: Some(view),
        files,
    })
}

/// What starting the services whose strategy is not given costs more without views, in microseconds.
fn cost_without_views(strategies: Strategies, rooted: &[Rooted], reached: &[Vec<NodeId>]) -> u64 {
    let services = rooted.iter().zip(reached).filter(|(rooted, _)| {
        let confinement = &rooted.service.confinement;
        let choice = confinement.strategy.unwrap_or(strategies.choice);
        choice == Choice::Auto && !confinement.observe && !confinement.wants_hiding()
    });
    let paths = services.map(|(_, nodes)| nodes.len());
    strategies.machine.cost_without_views(paths)
}

/// The closure of these nodes, for the bundle.
pub fn closure(graph: &Graph, nodes: &[NodeId]) -> Closure {
    let size = |node: &NodeId| graph.info(*node).nar_size;
    let path = |node: &NodeId| graph.path(*node).clone();
    Closure {
        hidden: Uncalled::new(),
        nar_size: nodes.iter().map(size).sum(),
        paths: nodes.iter().map(path).collect(),
        untold: BTreeMap::new(),
    }
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

/// The nodes of all these closures, sorted.
pub fn nodes_of<'a>(
    graph: &Graph,
    closures: impl IntoIterator<Item = &'a [NodeId]>,
) -> Vec<NodeId> {
    let mut is_reached = vec![false; graph.len()];
    for node in closures.into_iter().flatten() {
        is_reached[*node as usize] = true;
    }
    (0..)
        .zip(is_reached)
        .filter_map(|(node, is_reached)| is_reached.then_some(node))
        .collect()
}
