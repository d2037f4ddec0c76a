//! Learns the paths of outputs that texts may name, where the names alone don't tell.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, bail};

use super::context::{named, output_names};
use super::{Context, Services};
use crate::store::{Graph, StorePath};

impl Services {
    /// Learns the paths of outputs where texts are doubtful without. `outputs` tells all of a derivation.
    pub fn learn_outputs(
        &mut self,
        mut outputs: impl FnMut(&StorePath) -> Result<BTreeSet<StorePath>>,
    ) -> Result<()> {
        let dir = &self.store_dir;
        for (name, service) in &mut self.services {
            for text in service.texts_mut() {
                if named(text, dir)?.is_some() {
                    continue;
                }
                for (drv, element) in text.context.iter_mut().flatten() {
                    let names = output_names(drv, element);
                    if !names.is_empty() {
                        let mut paths = outputs(drv)
                            .with_context(|| format!("could not learn what {name} names"))?;
                        paths.retain(|path| names.iter().any(|name| name == path.name()));
                        element.paths = paths;
                    }
                }
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
