//! What the data of a bundle implies: its services and the types of its paths determine everything else in it, its files to the
//! byte.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use rayon::prelude::*;

use super::compact::compare;
use super::definitions::{definitions, presets};
use super::difference::{Difference, within};
use super::facts::check_facts;
use super::hidden::{AllHidden, Wanted, plain, wanted};
use super::make::{closure, closure_id, closure_ids, nodes_of};
use super::model::{Bundle, BundleFile, BundleService, Closure};
use super::recorded;
use super::uncalled::{classes_of, contradiction, plain_lists};
use super::views::{AllDirectories, InViews, ShownClosure, view, with_own_view};
use super::{Digest, graph};
use crate::confine::{self, Given, StorePaths, view_id};
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
        implied.view(&reached)?,
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
                let of_file = (self.look)(path, text.as_bytes(), sha256)?;
                let mut differences = Vec::from_iter(of_file);
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
            manager: self.bundle.manager,
            mode: service.mode,
            adopt: service.adopt,
            observe: service.observe,
            own: &service.settings,
            strategy: service.strategy,
            bin_sh: service.bin_sh.as_deref(),
            presets: &presets,
            variables: &service.variables,
            closure: &closure,
            hide: &service.hide,
        };
        let rendered = self.store_paths().render(&given, nodes)?;
        let known = confine::preset_variables(&presets);
        let variables = service.variables.iter();
        let roots: BTreeSet<_> = service.roots.iter().cloned().collect();
        let expected = BundleService {
            confinement: rendered.confinement,
            definitions: definitions(&presets)?,
            drop_in: BundleFile {
                path: confine::drop_in_path(name, self.bundle.manager),
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
        let seen: BTreeMap<&str, &[NodeId]> = ids
            .iter()
            .zip(reached)
            .map(|(id, nodes)| (id.as_str(), nodes.as_slice()))
            .collect();
        let classes = classes_of(self.bundle.services.values());
        let mut differences = Vec::new();
        for (id, nodes) in &seen {
            let place = within("closures", id);
            let Some(found) = self.bundle.closures.get(*id) else {
                let problem = "missing, but it is the closure of a service";
                differences.push(Difference::data(place, problem));
                continue;
            };
            let expected = Closure {
                hidden: plain_lists(found, classes.get(id)),
                untold: found.untold.clone(),
                ..closure(self.graph, nodes)
            };
            differences.extend(contradiction(id, found, classes.contains_key(id)));
            if expected != *found {
                compare(&place, &expected, found, MOST, &mut differences)?;
            }
        }
        let more = self.bundle.closures.keys();
        let more = more.filter(|id| !seen.contains_key(id.as_str()));
        differences.extend(more.take(MOST).map(|id| {
            Difference::data(within("closures", id), "it is not the closure of a service")
        }));
        Ok(differences)
    }

    /// The services that see a view, with their closures.
    fn with_view<'r>(
        &'r self,
        reached: &'r [Vec<NodeId>],
    ) -> impl Iterator<Item = (&'r BundleService, &'r [NodeId])> {
        let services = self.bundle.services.values().zip(reached);
        let viewed = services.filter(|(service, _)| service.strategy.is_view());
        viewed.map(|(service, nodes)| (service, nodes.as_slice()))
    }

    /// The closures that services see in a view.
    fn viewed<'r>(&'r self, reached: &'r [Vec<NodeId>]) -> Vec<&'r [NodeId]> {
        self.with_view(reached).map(|(_, nodes)| nodes).collect()
    }

    /// The classes that views leave out of paths.
    fn wanted(&self, reached: &[Vec<NodeId>]) -> Wanted {
        wanted(
            self.with_view(reached)
                .map(|(service, nodes)| (&service.hide, nodes)),
        )
    }

    fn view(&self, reached: &[Vec<NodeId>]) -> Result<Vec<Difference>> {
        let viewed = self.viewed(reached);
        let found = self.bundle.view.as_ref();
        if viewed.is_empty() {
            let problem = "no service sees a view";
            return Ok(found
                .map(|_| Difference::data("view", problem))
                .into_iter()
                .collect());
        }
        let mut directories = AllDirectories::new();
        for node in nodes_of(self.graph, viewed.iter().copied()) {
            let recorded = &self.bundle.paths[self.graph.path(node)];
            directories.extend(recorded.directories.clone().map(|listed| (node, listed)));
        }
        let mut hidden = AllHidden::new();
        for node in self.wanted(reached).into_keys() {
            let recorded = &self.bundle.paths[self.graph.path(node)].hidden;
            hidden.insert(node, recorded.clone());
        }
        let views = self.with_view(reached).map(|(service, nodes)| {
            let closure = closure_id(self.graph, nodes);
            let shown = ShownClosure {
                nodes,
                hide: &service.hide,
                uncalled: self
                    .bundle
                    .closures
                    .get(&closure)
                    .map(|found| &found.hidden),
            };
            (view_id(&closure, &service.hide), shown)
        });
        let in_views = InViews {
            directories: &directories,
            hidden: &hidden,
            views: &views.collect(),
            own: &with_own_view(self.bundle.services.iter()),
        };
        let (view, files) = match view(self.store_paths(), &in_views) {
            Ok(made) => made,
            Err(error) => return Ok(vec![Difference::data("view", format!("{error:#}"))]),
        };
        let mut differences = Vec::new();
        for BundleFile { path, sha256 } in &view.files {
            let content = files.get(path).context("a view lists an extra file")?;
            differences.extend((self.look)(path, content, sha256)?);
        }
        match found {
            None => differences.push(Difference::data("view", "missing, but services see views")),
            Some(found) if *found != view => compare("view", &view, found, MOST, &mut differences)?,
            Some(_) => {}
        }
        Ok(differences)
    }

    fn paths(&self, reached: &[Vec<NodeId>]) -> Result<Vec<Difference>> {
        let in_view = nodes_of(self.graph, self.viewed(reached));
        let wanted = self.wanted(reached);
        let mut differences = Vec::new();
        let mut unreached: BTreeSet<_> = (0..).take(self.graph.len()).collect();
        for node in nodes_of(self.graph, reached.iter().map(Vec::as_slice)) {
            unreached.remove(&node);
            let path = self.graph.path(node);
            let found = &self.bundle.paths[path];
            let is_viewed = in_view.binary_search(&node).is_ok();
            let directories = found.directories.as_ref().filter(|_| is_viewed);
            let hidden = wanted.get(&node).map(|hide| plain(&found.hidden, hide));
            let known = self.store_paths();
            let expected = recorded::path(known, node, is_viewed, directories, hidden.as_ref());
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
