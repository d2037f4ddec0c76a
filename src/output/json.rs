//! JSON for scripts.

mod audit;
mod bill;
mod diff;
mod explain;
mod migration;
mod presets;
mod records;
mod rehearsal;
mod why;

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Serialize;

use self::audit::Failed;
use self::records::{Fitting, fitting};
use super::contents::{Contents, FleetContents};
use super::hidden::HiddenFiles;
use super::share::Shares;
use crate::bundle::{Bundle, BundleService, left_out_of};
use crate::enter::Tree;
use crate::rehearse::Records;
use crate::service::{HostName, Mode, Services, Strategy, Unconfined, UnitName};
use crate::source::Loaded;
use crate::status::Status;
use crate::store::StorePath;
use crate::surface::{Counted, Surfaces};
use crate::text::Document;

pub use audit::audit;
pub use bill::bill;
pub use diff::diff;
pub use explain::explain;
pub use migration::migration;
pub use presets::presets;
pub use rehearsal::rehearsal;
pub use why::{why, why_of_fleet};

/// A bundle, or one of its services.
pub fn show(shown: &Contents) -> Result<Document> {
    match shown.service {
        Some(name) => service(shown, name),
        None => overview(shown),
    }
}

/// Every service of a bundle, by name.
fn overview(shown: &Contents) -> Result<Document> {
    let Contents {
        bundle,
        records,
        surfaces,
        ..
    } = shown;
    versioned(&Overview {
        services: rows(bundle, Some(records), *surfaces),
        unconfined: &bundle.unconfined,
    })
}

fn rows<'a>(
    bundle: &'a Bundle,
    records: Option<&'a Records>,
    surfaces: Option<&Surfaces>,
) -> Vec<Row<'a>> {
    let shares = Shares::of(bundle);
    let services = bundle.services.iter();
    services
        .map(|(name, service)| Row {
            service: Service::new(bundle, &shares, name, service),
            mode: service.mode,
            strategy: service.strategy,
            mounts: service.mounts,
            records: records.and_then(|records| fitting(records, name, service, false)),
            surface: surfaces.map(|surfaces| Counted(surfaces.of(bundle, service))),
        })
        .collect()
}

/// Every service of several hosts, by host and name.
pub fn show_fleet(shown: &FleetContents) -> Result<Document> {
    let hosts = shown.hosts.iter();
    versioned(&Hosts {
        hosts: hosts.map(OfHost::from).collect(),
        failed: shown.failed.iter().map(Failed::from).collect(),
    })
}

#[derive(Serialize)]
struct Hosts<'a> {
    hosts: Vec<OfHost<'a>>,
    failed: Vec<Failed<'a>>,
}

#[derive(Serialize)]
struct OfHost<'a> {
    host: Option<&'a str>,
    services: Vec<Row<'a>>,
    unconfined: &'a BTreeMap<UnitName, Unconfined>,
}

impl<'a> From<&'a Loaded> for OfHost<'a> {
    fn from(loaded: &'a Loaded) -> Self {
        Self {
            host: loaded.host.as_ref().map(HostName::as_str),
            services: rows(&loaded.bundle, None, None),
            unconfined: &loaded.bundle.unconfined,
        }
    }
}

/// The content of a root, by path.
pub fn tree(root: &Tree) -> Result<Document> {
    versioned(&Root { root })
}

/// The files that a service's view leaves out.
pub fn hidden(found: &HiddenFiles) -> Result<Document> {
    versioned(found)
}

/// The comparison of the running system with a bundle.
pub fn status(status: &Status) -> Result<Document> {
    versioned(status)
}

/// The services value, which has a version of its own.
pub fn services(services: &Services) -> Result<Document> {
    Document::json(services)
}

/// One service, with its closure roots, settings and paths.
fn service(shown: &Contents, name: &UnitName) -> Result<Document> {
    let Contents {
        bundle,
        records,
        surfaces,
        ..
    } = shown;
    let shares = Shares::of(bundle);
    let service = &bundle.services[name];
    let left = left_out_of(bundle, service);
    let paths = bundle.closures[&service.closure]
        .paths
        .iter()
        .map(|path| Path {
            path,
            nar_size: bundle.paths[path].nar_size,
            shared: shares.is_shared(path),
            surface: surfaces.map(|surfaces| Counted(surfaces.path(path, &left))),
        })
        .collect();
    versioned(&Detailed {
        service: Service::new(bundle, &shares, name, service),
        details: service,
        records: fitting(records, name, service, true),
        surface: surfaces.map(|surfaces| Counted(surfaces.of(bundle, service))),
        paths,
    })
}

/// The version of each JSON document that is made here. Every document has a schema in `schemas/`, and a breaking change increases
/// its version.
const VERSION: u32 = 1;

/// A document that begins with its version.
pub fn versioned(value: &impl Serialize) -> Result<Document> {
    Document::json(&Versioned {
        version: VERSION,
        value,
    })
}

#[derive(Serialize)]
struct Versioned<'a, T> {
    version: u32,
    #[serde(flatten)]
    value: &'a T,
}

#[derive(Serialize)]
struct Overview<'a> {
    services: Vec<Row<'a>>,
    unconfined: &'a BTreeMap<UnitName, Unconfined>,
}

#[derive(Serialize)]
struct Root<'a> {
    root: &'a Tree,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Service<'a> {
    name: &'a UnitName,
    path_count: usize,
    nar_size: u64,
    own_nar_size: u64,
    shared_nar_size: u64,
}

impl<'a> Service<'a> {
    fn new(bundle: &Bundle, shares: &Shares, name: &'a UnitName, service: &BundleService) -> Self {
        let closure = &bundle.closures[&service.closure];
        let own = shares.own_size(service);
        Self {
            name,
            path_count: closure.paths.len(),
            nar_size: closure.nar_size,
            own_nar_size: own,
            shared_nar_size: closure.nar_size - own,
        }
    }
}

#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    service: Service<'a>,
    mode: Mode,
    strategy: Strategy,
    mounts: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    records: Option<Vec<Fitting<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    surface: Option<Counted>,
}

#[derive(Serialize)]
struct Detailed<'a> {
    #[serde(flatten)]
    service: Service<'a>,
    #[serde(flatten)]
    details: &'a BundleService,
    #[serde(skip_serializing_if = "Option::is_none")]
    records: Option<Vec<Fitting<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    surface: Option<Counted>,
    paths: Vec<Path<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Path<'a> {
    path: &'a StorePath,
    nar_size: u64,
    shared: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    surface: Option<Counted>,
}
