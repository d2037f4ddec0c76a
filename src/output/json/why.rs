//! Why a service sees store paths.

use anyhow::Result;
use serde::Serialize;

use super::audit::Failed;
use super::versioned;
use crate::bundle;
use crate::output::{FleetMatches, Matches};
use crate::service::{HostName, Origin, UnitName};
use crate::store::{Package, StorePath};
use crate::text::Document;

/// Every match with its chains.
pub fn why(found: &Matches) -> Result<Document> {
    versioned(&Answer {
        service: found.service,
        pattern: found.pattern,
        matches: matching(found),
        closest: if found.matches.is_empty() {
            &found.proposals
        } else {
            &[]
        },
    })
}

/// Every match of services of several hosts.
pub fn why_of_fleet(found: &FleetMatches) -> Result<Document> {
    let services = found.services.iter();
    versioned(&FleetAnswer {
        pattern: found.pattern,
        services: services
            .map(|(host, found)| OfHost {
                host: host.map(HostName::as_str),
                service: found.service,
                matches: matching(found),
            })
            .collect(),
        failed: found.failed.iter().map(Failed::from).collect(),
    })
}

#[derive(Serialize)]
struct FleetAnswer<'a> {
    pattern: &'a str,
    services: Vec<OfHost<'a>>,
    failed: Vec<Failed<'a>>,
}

#[derive(Serialize)]
struct OfHost<'a> {
    host: Option<&'a str>,
    service: &'a UnitName,
    matches: Vec<Matching<'a>>,
}

fn matching<'a>(found: &'a Matches) -> Vec<Matching<'a>> {
    let matching = found.matches.iter().map(|found| {
        let package = Package::parse(found.path.name());
        Matching {
            path: found.path,
            package: package.name,
            version: package.version,
            nar_size: found.nar_size,
            chains: found.chains.iter().map(Chain::from).collect(),
        }
    });
    matching.collect()
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
