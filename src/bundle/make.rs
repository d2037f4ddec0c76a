//! From services and a graph to a bundle.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result, bail, ensure};
use rayon::prelude::*;

use super::model::{Bundle, BundleFile, BundlePath, BundleService, Closure, VERSION};
use super::{Digest, seal};
use crate::service::{ExecSetting, Root, Service, Services, Settings, UnitName, mentioned};
use crate::store::{Graph, Link, NodeId, Resolved, StoreFiles, closures, links, resolve};
use crate::unit::{self, Mount, Strategy};

/// A bundle with the content of its drop-ins, not yet written.
#[derive(Debug)]
pub struct Planned {
    /// `bundle.json`, sealed.
    pub bundle: Bundle,
    /// The content of its other files, by their path in the bundle.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// Makes the bundle that confines `services` to what they reach in `graph`. `files` tells which paths are symlinks.
pub fn make(services: &Services, graph: &Graph, files: &dyn StoreFiles) -> Result<Planned> {
    ensure!(
        graph.is_empty() || services.store_dir == *graph.store_dir(),
        "the services are of the store {}, the graph is of {}",
        services.store_dir,
        graph.store_dir()
    );
    let rooted = services
        .services
        .iter()
        .map(|(name, service)| Rooted::new(name, service, services, graph))
        .collect::<Result<Vec<_>>>()?;
    let root_nodes: Vec<_> = rooted.iter().map(|rooted| rooted.nodes.clone()).collect();
    let reached = closures(graph, &root_nodes);
    let union = union(graph, &reached);
    let links = links(graph, &union, files)?;
    let ids = closure_ids(graph, &reached);

    let confined: Vec<(BundleService, String)> = rooted
        .par_iter()
        .zip(&reached)
        .zip(&ids)
        .map(|((rooted, nodes), id)| {
            confine(rooted, graph, nodes, id, &links, files)
                .with_context(|| format!("could not confine {}", rooted.name))
        })
        .collect::<Result<_>>()?;

    let mut planned = Planned {
        bundle: Bundle {
            closures: distinct_closures(graph, &reached, ids),
            paths: union
                .iter()
                .map(|node| (graph.path(*node).clone(), bundle_path(graph, *node, &links)))
                .collect(),
            seal: None,
            services: BTreeMap::new(),
            store_dir: services.store_dir.clone(),
            version: VERSION,
        },
        files: BTreeMap::new(),
    };
    for (rooted, (service, drop_in)) in rooted.iter().zip(confined) {
        planned
            .files
            .insert(service.drop_in.path.clone(), drop_in.into_bytes());
        planned.bundle.services.insert(rooted.name.clone(), service);
    }
    planned.bundle.seal = Some(seal(&planned.bundle)?);
    Ok(planned)
}

/// A service with the roots it names, found in the graph.
struct Rooted<'a> {
    name: &'a UnitName,
    service: &'a Service,
    roots: Vec<Root>,
    nodes: Vec<NodeId>,
}

impl<'a> Rooted<'a> {
    fn new(
        name: &'a UnitName,
        service: &'a Service,
        services: &Services,
        graph: &Graph,
    ) -> Result<Self> {
        let roots: Vec<Root> = mentioned(service, &services.store_dir)
            .with_context(|| format!("could not read the roots of {name}"))?
            .roots
            .into_iter()
            .collect();
        let nodes = roots
            .iter()
            .map(|root| match graph.find(&root.path) {
                Some(node) => Ok(node),
                None => bail!(
                    "{name}: {} names {}, which the graph does not hold: make the graph again, with every root of every service",
                    root.origin,
                    root.path
                ),
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            name,
            service,
            roots,
            nodes,
        })
    }
}

fn confine(
    rooted: &Rooted,
    graph: &Graph,
    nodes: &[NodeId],
    closure: &str,
    links: &BTreeMap<NodeId, Link>,
    files: &dyn StoreFiles,
) -> Result<(BundleService, String)> {
    let Rooted { name, service, .. } = rooted;
    let mode = service.confinement.mode;
    let settings = unit::settings(name, mode, &service.settings)?;
    let bin_sh = bin_sh(service, graph, files)?;
    let shell = bin_sh.iter().map(|program| Mount {
        target: Some("/bin/sh"),
        ..Mount::here(program)
    });
    let notify_socket = unit::notify_socket(mode, &service.settings)?
        .into_iter()
        .map(Mount::optional);
    let closure_mounts = nodes.iter().map(|node| mount(graph, *node, links));
    let mounts: Vec<Mount> = shell.chain(notify_socket).chain(closure_mounts).collect();
    let text = unit::drop_in(&settings, &mounts)?;
    let mut confinement = Settings::default();
    for (setting, value) in settings {
        confinement.push(setting, value);
    }
    let confined = BundleService {
        bin_sh: bin_sh.clone(),
        closure: closure.to_owned(),
        confinement,
        drop_in: BundleFile {
            path: unit::drop_in_path(name),
            sha256: Digest::of(text.as_bytes()),
        },
        exec: commands(service),
        mode,
        mounts: mounts.len(),
        roots: rooted.roots.clone(),
        settings: service.settings.clone(),
        strategy: Strategy::Bind,
    };
    Ok((confined, text))
}

/// What a service sees as /bin/sh: the program that `binSh` leads to, as `readlink -e` says. What lies outside the store is left
/// to systemd, which follows symlinks when the service starts.
fn bin_sh(service: &Service, graph: &Graph, files: &dyn StoreFiles) -> Result<Option<String>> {
    let Some(bin_sh) = &service.confinement.bin_sh else {
        return Ok(None);
    };
    match resolve(files, graph.store_dir(), &bin_sh.text)? {
        Resolved::Within(program) => Ok(Some(program)),
        Resolved::Out | Resolved::Unknown => Ok(Some(bin_sh.text.clone())),
        Resolved::Missing => bail!(
            "binSh is {}, which does not exist: set confinement.binSh to a shell, or to null for none",
            bin_sh.text
        ),
    }
}

/// systemd follows a symlink in the source, and shows what it leads to; written out, it is what nixpkgs writes. What leads out
/// of the store may be missing on the host, and is no reason not to start.
fn mount<'a>(graph: &'a Graph, node: NodeId, links: &'a BTreeMap<NodeId, Link>) -> Mount<'a> {
    let path = graph.path(node).as_str();
    match links.get(&node) {
        None => Mount::here(path),
        Some(Link::Within(target)) => Mount {
            target: Some(path),
            ..Mount::here(target)
        },
        Some(Link::Out(_)) => Mount::optional(path),
    }
}

fn commands(service: &Service) -> Settings {
    let mut commands = Settings::default();
    for setting in ExecSetting::ALL {
        for (_, line) in service.commands(setting) {
            commands.push(setting.name(), line.text.as_str());
        }
    }
    commands
}

/// The id of each closure, from the names of its paths.
fn closure_ids(graph: &Graph, closures: &[Vec<NodeId>]) -> Vec<String> {
    let mut known: HashMap<&[NodeId], String> = HashMap::new();
    closures
        .iter()
        .map(|nodes| {
            known
                .entry(nodes)
                .or_insert_with(|| {
                    let lines: String = nodes
                        .iter()
                        .flat_map(|node| [graph.path(*node).as_str(), "\n"])
                        .collect();
                    Digest::short(lines.as_bytes())
                })
                .clone()
        })
        .collect()
}

fn distinct_closures(
    graph: &Graph,
    closures: &[Vec<NodeId>],
    ids: Vec<String>,
) -> BTreeMap<String, Closure> {
    let mut distinct = BTreeMap::new();
    for (nodes, id) in closures.iter().zip(ids) {
        distinct.entry(id).or_insert_with(|| Closure {
            nar_size: nodes.iter().map(|node| graph.info(*node).nar_size).sum(),
            paths: nodes.iter().map(|node| graph.path(*node).clone()).collect(),
        });
    }
    distinct
}

/// The nodes of all closures, sorted.
fn union(graph: &Graph, closures: &[Vec<NodeId>]) -> Vec<NodeId> {
    let mut is_reached = vec![false; graph.len()];
    for node in closures.iter().flatten() {
        is_reached[*node as usize] = true;
    }
    (0..)
        .zip(is_reached)
        .filter_map(|(node, is_reached)| is_reached.then_some(node))
        .collect()
}

fn bundle_path(graph: &Graph, node: NodeId, links: &BTreeMap<NodeId, Link>) -> BundlePath {
    let info = graph.info(node);
    BundlePath {
        nar_hash: info.nar_hash,
        nar_size: info.nar_size,
        references: graph
            .references(node)
            .iter()
            .map(|reference| graph.path(*reference).clone())
            .collect(),
        symlink: links.get(&node).map(|link| link.target().to_owned()),
    }
}
