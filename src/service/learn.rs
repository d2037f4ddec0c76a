//! Learns the paths of the outputs in the contexts of texts.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};

use super::context::{named, output_names};
use super::{Context, Service, Services, SourceString, UnitName, UnitPath};
use crate::store::{Graph, StoreDir, StorePath};

/// Derivations with the paths of all their outputs.
pub type Outputs = BTreeMap<StorePath, BTreeSet<StorePath>>;

/// Every text that may name store paths.
fn texts<'s>(
    services: &'s mut BTreeMap<UnitName, Service>,
    units: &'s mut BTreeMap<UnitPath, SourceString>,
) -> impl Iterator<Item = &'s mut SourceString> {
    let texts = services.values_mut().flat_map(Service::texts_mut);
    texts.chain(units.values_mut())
}

impl Services {
    /// The derivations whose outputs contexts name and whose paths have not been learned.
    pub fn derivations(&mut self) -> BTreeSet<StorePath> {
        let texts = texts(&mut self.services, &mut self.units);
        texts.flat_map(|text| unlearned(text)).cloned().collect()
    }

    /// The derivations of texts whose paths the names of outputs don't identify.
    pub fn doubtful_derivations(&mut self) -> Result<BTreeSet<StorePath>> {
        let mut doubtful = BTreeSet::new();
        for text in texts(&mut self.services, &mut self.units) {
            if named(text, &self.store_dir)?.is_none() {
                doubtful.extend(unlearned(text).cloned());
            }
        }
        Ok(doubtful)
    }

    /// Fails if names make two paths of one output: a text has the context of one and names the other, and only the derivation
    /// tells which is which.
    pub fn refuse_contradictions(&mut self) -> Result<()> {
        let dir = &self.store_dir;
        let mut known: BTreeMap<(StorePath, String), (StorePath, UnitName)> = BTreeMap::new();
        for (name, service) in &mut self.services {
            for text in service.texts_mut() {
                for (output, path) in by_name(text, dir)? {
                    let (before, other) = known
                        .entry(output)
                        .or_insert_with(|| (path.clone(), name.clone()));
                    if *before != path {
                        bail!(
                            "{other} and {name} name {before} and {path}, of which only one can be the output of the derivation that both have in their contexts: record services and graph again with `confinix services`"
                        );
                    }
                }
            }
        }
        Ok(())
    }

    /// Learns the paths of outputs whose names are ambiguous or wrong. A derivation that `outputs` lacks stays as it is.
    pub fn learn_outputs(&mut self, outputs: &Outputs) -> Result<()> {
        let dir = &self.store_dir;
        for text in texts(&mut self.services, &mut self.units) {
            if unlearned(text).all(|drv| !outputs.contains_key(drv)) {
                continue;
            }
            let by_name = named(text, dir)?;
            let before = text.context.clone();
            for (drv, element) in text.context.iter_mut().flatten() {
                let names = output_names(drv, element);
                if let Some(paths) = outputs.get(drv).filter(|_| element.paths.is_empty()) {
                    let of_them = |path: &&StorePath| names.iter().any(|name| name == path.name());
                    element.paths = paths.iter().filter(of_them).cloned().collect();
                }
            }
            // Recordings contain them only where they are needed.
            if by_name.is_some() && by_name == named(text, dir)? {
                text.context = before;
            }
        }
        Ok(())
    }

    /// Replaces a path by its references in `graph`, where a context asks for them.
    pub(crate) fn learn_references(&mut self, graph: &Graph) -> Result<()> {
        for (name, service) in &mut self.services {
            for text in service.texts_mut() {
                let Some(context) = &mut text.context else {
                    continue;
                };
                let lists: Vec<_> = context
                    .iter()
                    .filter(|(_, element)| element.references)
                    .map(|(list, _)| list.clone())
                    .collect();
                for list in lists {
                    context.remove(&list);
                    let Some(node) = graph.find(&list) else {
                        bail!("{name}: the graph lacks {list}");
                    };
                    let is_path = Context {
                        path: true,
                        ..Context::default()
                    };
                    let references = graph.references(node).iter();
                    context.extend(
                        references.map(|node| (graph.path(*node).clone(), is_path.clone())),
                    );
                }
            }
        }
        Ok(())
    }
}

/// The derivations in a text's context whose output paths are unknown.
fn unlearned(text: &SourceString) -> impl Iterator<Item = &StorePath> {
    let context = text.context.iter().flatten();
    context
        .filter(|(_, element)| !element.outputs.is_empty() && element.paths.is_empty())
        .map(|(derivation, _)| derivation)
}

/// The outputs in a text's context with a unique name, each with the only path of that name in the text.
fn by_name(text: &SourceString, dir: &StoreDir) -> Result<Vec<((StorePath, String), StorePath)>> {
    let roots = match named(text, dir)? {
        Some(named) if text.context.is_some() => named.roots,
        _ => return Ok(Vec::new()),
    };
    let context = text.context.iter().flatten();
    let outputs: Vec<_> = context
        .filter(|(_, element)| element.paths.is_empty())
        .flat_map(|(drv, element)| {
            output_names(drv, element)
                .into_iter()
                .map(move |name| (drv, name))
        })
        .collect();
    let mut found = Vec::new();
    for (drv, name) in &outputs {
        let mut paths = roots.iter().filter(|path| path.name() == name);
        let is_one = outputs.iter().filter(|(_, other)| other == name).count() == 1;
        if let (true, Some(path), None) = (is_one, paths.next(), paths.next()) {
            found.push((((*drv).clone(), name.clone()), path.clone()));
        }
    }
    Ok(found)
}
