//! What is browsed: the bundles of hosts, and what is found out about them while they are shown.

use anyhow::Result;

use super::ServiceOf;
use super::row::Cell;
use crate::audit::Report;
use crate::bundle::{Bundle, BundleService, Closure, graph};
use crate::output::Shares;
use crate::service::{HostName, HostService, UnitName};
use crate::store::{Graph, StorePath};
use crate::surface::Surfaces;

/// A host.
pub struct Host<'a> {
    /// Its name; `None` if it is the only one.
    pub name: Option<&'a HostName>,
    /// Its bundle.
    pub bundle: &'a Bundle,
    pub(super) graph: Graph,
    pub(super) shares: Shares<'a>,
}

impl<'a> Host<'a> {
    /// Prepares the bundle of a host.
    pub fn new(name: Option<&'a HostName>, bundle: &'a Bundle) -> Result<Self> {
        Ok(Self {
            name,
            bundle,
            graph: graph(bundle)?,
            shares: Shares::of(bundle),
        })
    }
}

/// What is found out while the browser runs.
pub enum Answer<T> {
    /// It is not known yet.
    Pending,
    /// It is known.
    Known(T),
    /// It can't be known, for this reason.
    Failed(String),
}

impl<T> Answer<T> {
    /// The answer, if it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(answer) => Some(answer),
            Self::Pending | Self::Failed(_) => None,
        }
    }

    /// Why there is no answer; `waiting` while there is none yet.
    pub(super) fn excuse(&self, waiting: &str) -> Option<String> {
        match self {
            Self::Known(_) => None,
            Self::Pending => Some(waiting.to_owned()),
            Self::Failed(reason) => Some(format!("Not known: {reason}")),
        }
    }

    /// A cell with a number that is told from the answer; `?` if it can't be known.
    pub(super) fn cell(&self, number: impl FnOnce(&T) -> Option<u64>) -> Cell {
        match self {
            Self::Pending => Cell::own("…"),
            Self::Failed(_) => Cell::own("?"),
            Self::Known(answer) => number(answer).map_or_else(|| Cell::own("?"), Cell::number),
        }
    }
}

/// What is browsed.
pub struct Data<'a> {
    /// What the target is called.
    pub name: String,
    /// The hosts.
    pub hosts: Vec<Host<'a>>,
    /// What an audit finds.
    pub findings: Answer<Report>,
    /// What the closures of each host have.
    pub surfaces: Answer<Vec<Surfaces<'a>>>,
}

impl<'a> Data<'a> {
    /// Data of which only the bundles are known.
    pub fn new(name: String, hosts: Vec<Host<'a>>) -> Self {
        Self {
            name,
            hosts,
            findings: Answer::Pending,
            surfaces: Answer::Pending,
        }
    }

    /// Every service, by host.
    pub(super) fn services(&self) -> impl Iterator<Item = (ServiceOf, &BundleService)> {
        let hosts = self.hosts.iter().enumerate();
        hosts.flat_map(|(host, of)| {
            let services = of.bundle.services.iter();
            services.map(move |(name, service)| {
                let name = name.clone();
                (ServiceOf { host, name }, service)
            })
        })
    }

    pub(super) fn host(&self, service: &ServiceOf) -> &Host<'a> {
        &self.hosts[service.host]
    }

    pub(super) fn service(&self, service: &ServiceOf) -> &BundleService {
        &self.host(service).bundle.services[&service.name]
    }

    pub(super) fn closure(&self, service: &ServiceOf) -> &Closure {
        &self.host(service).bundle.closures[&self.service(service).closure]
    }

    /// The name of a service as findings have it.
    pub(super) fn named(&self, service: &ServiceOf) -> HostService {
        self.called(service.host, &service.name)
    }

    pub(super) fn called(&self, host: usize, name: &UnitName) -> HostService {
        HostService {
            host: self.hosts[host].name.cloned(),
            unit: name.clone(),
        }
    }

    /// The NAR size of a store path, in bytes.
    pub(super) fn size(&self, host: usize, path: &StorePath) -> u64 {
        let info = self.hosts[host].bundle.paths.get(path);
        info.map_or(0, |info| info.nar_size)
    }
}
