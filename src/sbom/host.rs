//! A host of a bill of materials.

use anyhow::Result;

use crate::bundle::{Bundle, BundleService, Digest, seal};
use crate::service::{HostName, HostService};
use crate::source::Loaded;
use crate::store::StoreFiles;

/// A host with its services.
pub struct Host<'a> {
    /// Its name; `None` if the target is no fleet.
    pub name: Option<&'a HostName>,
    /// The services and their closures.
    pub bundle: &'a Bundle,
    /// The files of its store paths.
    pub files: &'a dyn StoreFiles,
    /// The seal of a bundle with these services.
    pub seal: Digest,
}

impl<'a> Host<'a> {
    /// The host of a bundle.
    pub fn new(loaded: &'a Loaded) -> Result<Self> {
        Ok(Self {
            name: loaded.host.as_ref(),
            bundle: &loaded.bundle,
            files: &*loaded.files,
            seal: seal(&loaded.bundle)?,
        })
    }

    /// Its services.
    pub fn services(&self) -> impl Iterator<Item = (HostService, &'a BundleService)> {
        let host = self.name.cloned();
        let services = self.bundle.services.iter();
        services.map(move |(unit, service)| {
            let name = HostService {
                host: host.clone(),
                unit: unit.clone(),
            };
            (name, service)
        })
    }
}
