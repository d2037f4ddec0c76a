//! JSON for scripts.

mod audit;
mod diff;
mod why;

use anyhow::Result;
use serde::Serialize;

use super::share::Shares;
use crate::bundle::{Bundle, BundleService};
use crate::service::{Mode, Strategy, UnitName};
use crate::store::StorePath;
use crate::text::Document;

pub use audit::audit;
pub use diff::diff;
pub use why::why;

/// Every service of a bundle, in an array.
pub fn overview(bundle: &Bundle) -> Result<Document> {
    let shares = Shares::of(bundle);
    let services: Vec<_> = bundle
        .services
        .iter()
        .map(|(name, service)| Listed {
            service: Service::new(bundle, &shares, name, service),
            mode: service.mode,
            strategy: service.strategy,
            mounts: service.mounts,
        })
        .collect();
    render(&services)
}

/// What stands where in a root, by place.
pub fn tree(tree: &crate::enter::Tree) -> Result<Document> {
    render(tree)
}

/// One service, with its roots, settings and paths.
pub fn service(bundle: &Bundle, name: &UnitName) -> Result<Document> {
    let shares = Shares::of(bundle);
    let service = &bundle.services[name];
    let paths = bundle.closures[&service.closure]
        .paths
        .iter()
        .map(|path| Path {
            path,
            nar_size: bundle.paths[path].nar_size,
            shared: shares.is_shared(path),
        })
        .collect();
    render(&Detailed {
        service: Service::new(bundle, &shares, name, service),
        details: service,
        paths,
    })
}

fn render(value: &impl Serialize) -> Result<Document> {
    Document::json(value)
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
struct Listed<'a> {
    #[serde(flatten)]
    service: Service<'a>,
    mode: Mode,
    strategy: Strategy,
    mounts: usize,
}

#[derive(Serialize)]
struct Detailed<'a> {
    #[serde(flatten)]
    service: Service<'a>,
    #[serde(flatten)]
    details: &'a BundleService,
    paths: Vec<Path<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Path<'a> {
    path: &'a StorePath,
    nar_size: u64,
    shared: bool,
}
