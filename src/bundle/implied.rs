//! What the data of a bundle implies: its services and the types of its paths determine everything else in it, its files to the
//! byte.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use rayon::prelude::*;

use super::compact::compare;
use super::definitions::{definitions, presets};
use super::difference::{Difference, within};
use super::facts::check_facts;
use super::make::{closure_id, closure_ids, union};
use super::model::{Bundle, BundleFile, BundleService, Closure};
use super::recorded;
use super::views::view;
use super::{Digest, graph};
use crate::confine::{self, Given, StorePaths};
use crate::service::UnitName;
use crate::store::{Graph, NoFiles, NodeId, Objects, closures};

/// How many differences of one kind are reported.
const MOST: usize = 20;

/// A callback for each file that the data implies: its path in the bundle, its content, its digest.
pub type Look<'a> = &'a (dyn Fn(&str, &[u8], &Digest) -> Result<Option<Difference>> + Sync);

/// The differences between `bundle` and what its services and paths imply. `look` is called with every file that they imply.
pub fn contradictions(bundle: &Bundle, look: Look) -> Result<Vec<Difference>> {
    let mut differences = check_facts(bundle);
    let known = match graph(bundle) {
        Ok(known) => known,
        Err(error) => {
            differences.push(Difference::data("paths", format!("{error:#}")));
            return Ok(differences);
        }
    };
    let mut roots = Vec::with_capacity(bundle.services.len());
    for (name, service) in &bundle.services {
        let mut nodes = Vec::with_capacity(service.roots.len());
        for root in &service.roots {
            match known.find(&root.path) {
                Some(node) => nodes.push(node),
                None => differences.push(Difference::data(
                    within("services", name.as_str()),
                    format!("the closure root {} is an unknown path", root.path),
                )),
            }
        }
        roots.push(nodes);
    }
    if !differences.is_empty() {
        return Ok(differences);
    }
    let reached = closures(&known, &roots);
    let nodes: Vec<NodeId> = (0..).take(known.len()).collect();
    let implied = Implied {
        bundle,
        graph: &known,
        objects: Objects::look(&known, &nodes, &NoFiles)?,
        look,
    };
    for found in [
        implied.services(&reached)?,
        implied.closures(&reached)?,
        implied.paths(&reached)?,
    ] {
        differences.extend(found);
    }
    Ok(differences)
}

struct Implied<'a> {
    bundle: &'a Bundle,
    graph: &'a Graph,
    objects: Objects,
    look: Look<'a>,
}

impl Implied<'_> {
    fn store_paths(&self) -> StorePaths<'_> {
        StorePaths {
            graph: self.graph,
            objects: &self.objects,
        }
    }

    fn services(&self, reached: &[Vec<NodeId>]) -> Result<Vec<Difference>> {
        let services: Vec<_> = self.bundle.services.iter().zip(reached).collect();
        let found: Vec<_> = services
            .par_iter()
            .map(|((name, service), nodes)| {
                let (expected, text) = match self.service(name, service, nodes) {
                    Ok(expected) => expected,
                    Err(error) => {
                        let place = within("services", name.as_str());
                        return Ok(vec![Difference::data(place, format!("{error:#}"))]);
                    }
                };
                let BundleFile { path, sha256 } = &expected.drop_in;
                let mut differences: Vec<_> = (self.look)(path, text.as_bytes(), sha256)?
                    .into_iter()
                    .collect();
                if expected != **service {
                    let place = within("services", name.as_str());
                    compare(&place, &expected, *service, MOST, &mut differences)?;
                }
                Ok(differences)
            })
            .collect::<Result<_>>()?;
        Ok(found.into_iter().flatten().collect())
    }

    /// A service as its own facts imply it, and its drop-in.
    fn service(
        &self,
        name: &UnitName,
        service: &BundleService,
        nodes: &[NodeId],
    ) -> Result<(BundleService, String)> {
        let presets = presets(service)?;
        let closure = closure_id(self.graph, nodes);
        let given = Given {
            name,
            mode: service.mode,
            adopt: service.adopt,
            own: &service.settings,
            strategy: service.strategy,
            bin_sh: service.bin_sh.as_deref(),
            presets: &presets,
            variables: &service.variables,
            closure: &closure,
        };
        let rendered = self.store_paths().render(&given, nodes)?;
        let known = confine::preset_variables(&presets);
        let variables = service.variables.iter();
        let roots: BTreeSet<_> = service.roots.iter().cloned().collect();
        let expected = BundleService {
            confinement: rendered.confinement,
            definitions: definitions(&presets)?,
            drop_in: BundleFile {
                path: confine::drop_in_path(name),
                sha256: Digest::of(rendered.text.as_bytes()),
            },
            mounts: rendered.mounts,
            roots: roots.into_iter().collect(),
            variables: variables
                .filter(|variable| known.contains(variable.as_str()))
                .cloned()
                .collect(),
            closure: closure.clone(),
            ..service.clone()
        };
        Ok((expected, rendered.text))
    }

    fn closures(&self, reached: &[Vec<NodeId>]) -> Result<Vec<Difference>> {
        let ids = closure_ids(self.graph, reached);
        let mut seen: BTreeMap<&str, (&[NodeId], bool)> = BTreeMap::new();
        for ((service, nodes), id) in self.bundle.services.values().zip(reached).zip(&ids) {
            let seen = seen.entry(id.as_str()).or_insert((nodes, false));
            seen.1 |= service.strategy.is_view();
        }
        let found: Vec<_> = seen
            .par_iter()
            .map(|(id, (nodes, is_viewed))| self.closure(id, nodes, *is_viewed))
            .collect::<Result<_>>()?;
        let mut differences: Vec<_> = found.into_iter().flatten().collect();
        let more = self.bundle.closures.keys();
        let more = more.filter(|id| !seen.contains_key(id.as_str()));
        differences.extend(more.take(MOST).map(|id| {
            Difference::data(within("closures", id), "it is not the closure of a service")
        }));
        Ok(differences)
    }

    fn closure(&self, id: &str, nodes: &[NodeId], is_viewed: bool) -> Result<Vec<Difference>> {
        let place = within("closures", id);
        let mut differences = Vec::new();
        let view = if is_viewed {
            match view(id, self.graph, nodes, &self.objects) {
                Ok((view, files)) => {
                    for BundleFile { path, sha256 } in &view.files {
                        let content = files.get(path).context("a view lists an extra file")?;
                        differences.extend((self.look)(path, content, sha256)?);
                    }
                    Some(view)
                }
                Err(error) => {
                    differences.push(Difference::data(place, format!("{error:#}")));
                    return Ok(differences);
                }
            }
        } else {
            None
        };
        let Some(found) = self.bundle.closures.get(id) else {
            let problem = "missing, but it is the closure of a service";
            differences.push(Difference::data(place, problem));
            return Ok(differences);
        };
        let is_same = found.paths.len() == nodes.len()
            && found
                .paths
                .iter()
                .zip(nodes)
                .all(|(path, node)| path == self.graph.path(*node));
        let nar_size = nodes
            .iter()
            .map(|node| self.graph.info(*node).nar_size)
            .sum();
        if !is_same || found.nar_size != nar_size || found.view != view {
            let expected = Closure {
                nar_size,
                paths: nodes
                    .iter()
                    .map(|node| self.graph.path(*node).clone())
                    .collect(),
                view,
            };
            compare(&place, &expected, found, MOST, &mut differences)?;
        }
        Ok(differences)
    }

    fn paths(&self, reached: &[Vec<NodeId>]) -> Result<Vec<Difference>> {
        let mut is_viewed = vec![false; self.graph.len()];
        let services = self.bundle.services.values();
        let viewed = services
            .zip(reached)
            .filter(|(service, _)| service.strategy.is_view());
        for node in viewed.flat_map(|(_, nodes)| nodes) {
            is_viewed[*node as usize] = true;
        }
        let mut differences = Vec::new();
        let mut unreached: BTreeSet<_> = (0..).take(self.graph.len()).collect();
        for node in union(self.graph, reached) {
            unreached.remove(&node);
            let path = self.graph.path(node);
            let expected = recorded::path(self.store_paths(), node, is_viewed[node as usize]);
            let found = &self.bundle.paths[path];
            if expected != *found && differences.len() < MOST {
                let place = within("paths", path.as_str());
                compare(&place, &expected, found, MOST, &mut differences)?;
            }
        }
        differences.extend(unreached.into_iter().take(MOST).map(|node| {
            let place = within("paths", self.graph.path(node).as_str());
            Difference::data(place, "not in any closure")
        }));
        Ok(differences)
    }
}
