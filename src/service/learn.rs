//! Learns the paths of outputs that texts have in their contexts.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};

use super::context::{named, output_names};
use super::{Context, Service, Services, SourceString};
use crate::store::{Graph, StorePath};

/// Derivations with the paths of all their outputs.
pub type Outputs = BTreeMap<StorePath, BTreeSet<StorePath>>;

impl Services {
    /// The derivations whose outputs contexts name, as far as their paths were not learned.
    pub fn derivations(&mut self) -> BTreeSet<StorePath> {
        let texts = self.services.values_mut().flat_map(Service::texts_mut);
        texts.flat_map(|text| unlearned(text)).cloned().collect()
    }

    /// Those of texts of which the names of outputs don't tell what they name.
    pub fn doubtful_derivations(&mut self) -> Result<BTreeSet<StorePath>> {
        let mut doubtful = BTreeSet::new();
        for text in self.services.values_mut().flat_map(Service::texts_mut) {
            if named(text, &self.store_dir)?.is_none() {
                doubtful.extend(unlearned(text).cloned());
            }
        }
        Ok(doubtful)
    }

    /// Learns the paths of outputs where their names tell too little, or other than is true. A derivation that `outputs` does not have
    /// stays as it is.
    pub fn learn_outputs(&mut self, outputs: &Outputs) -> Result<()> {
        let dir = &self.store_dir;
        for text in self.services.values_mut().flat_map(Service::texts_mut) {
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
            // Recordings have them only where they are of use.
            if by_name.is_some() && by_name == named(text, dir)? {
                text.context = before;
            }
        }
        Ok(())
    }

    /// Puts what a path refers to in `graph` in the place of that path, where a context says so.
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
                        bail!("{name}: the graph does not hold {list}");
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

/// The derivations in a text's context whose outputs' paths are not known.
fn unlearned(text: &SourceString) -> impl Iterator<Item = &StorePath> {
    let context = text.context.iter().flatten();
    context
        .filter(|(_, element)| !element.outputs.is_empty() && element.paths.is_empty())
        .map(|(derivation, _)| derivation)
}
