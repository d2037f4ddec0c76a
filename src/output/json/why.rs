//! Why a service sees store paths.

use anyhow::Result;
use serde::Serialize;

use super::versioned;
use crate::bundle;
use crate::output::Matches;
use crate::service::{Origin, UnitName};
use crate::store::{Package, StorePath};
use crate::text::Document;

/// Every match with its chains.
pub fn why(found: &Matches) -> Result<Document> {
    versioned(&Answer {
        service: found.service,
        pattern: found.pattern,
        matches: found
            .matches
            .iter()
            .map(|found| {
                let package = Package::parse(found.path.name());
                Matching {
                    path: found.path,
                    package: package.name,
                    version: package.version,
                    nar_size: found.nar_size,
                    chains: found.chains.iter().map(Chain::from).collect(),
                }
            })
            .collect(),
        closest: if found.matches.is_empty() {
            &found.proposals
        } else {
            &[]
        },
    })
}

#[derive(Serialize)]
struct Answer<'a> {
    service: &'a UnitName,
    pattern: &'a str,
    matches: Vec<Matching<'a>>,
    closest: &'a [&'a str],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Matching<'a> {
    path: &'a StorePath,
    package: &'a str,
    version: &'a str,
    nar_size: u64,
    chains: Vec<Chain<'a>>,
}

/// The chain of references from an option to a path.
#[derive(Serialize)]
pub struct Chain<'a> {
    origin: Origin,
    option: String,
    paths: &'a [StorePath],
}

impl<'a> From<&'a bundle::Chain> for Chain<'a> {
    fn from(chain: &'a bundle::Chain) -> Self {
        Self {
            origin: chain.origin.clone(),
            option: chain.origin.option(),
            paths: &chain.paths,
        }
    }
}
