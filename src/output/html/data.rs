//! The data for the script of the page: every path, and how services reach it.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Serialize;

use crate::bundle::Bundle;
use crate::store::StorePath;
use crate::text::{Html, Text};

#[derive(Serialize)]
struct Data<'a> {
    /// Base names; the other data refers to paths by index.
    paths: Vec<&'a str>,
    sizes: Vec<u64>,
    references: Vec<Vec<usize>>,
    /// The closure roots of each service: option and path.
    roots: BTreeMap<&'a str, Vec<(String, usize)>>,
}

/// The data as JSON that is safe in a script element.
pub fn json(bundle: &Bundle) -> Result<Text<Html>> {
    let index: BTreeMap<&StorePath, usize> = bundle.paths.keys().zip(0..).collect();
    let data = Data {
        paths: bundle.paths.keys().map(StorePath::base).collect(),
        sizes: bundle.paths.values().map(|path| path.nar_size).collect(),
        references: bundle
            .paths
            .iter()
            .map(|(path, info)| {
                info.references
                    .iter()
                    .filter(|reference| *reference != path)
                    .filter_map(|reference| index.get(reference).copied())
                    .collect()
            })
            .collect(),
        roots: bundle
            .services
            .iter()
            .map(|(name, service)| {
                let roots = service
                    .roots
                    .iter()
                    .filter_map(|root| Some((root.origin.option(), *index.get(&root.path)?)))
                    .collect();
                (name.as_str(), roots)
            })
            .collect(),
    };
    Text::json(&data)
}
