//! The target of an audit.

use std::collections::BTreeMap;

use crate::bundle::Bundle;
use crate::rehearse::Word;
use crate::service::{HostName, HostService, UnitName};
use crate::store::StoreFiles;

/// A bundle to audit.
#[derive(Clone, Copy)]
pub struct Target<'a> {
    /// Its name, as the user gave it.
    pub name: &'a str,
    /// Its host; `None` if it is the only target.
    pub host: Option<&'a HostName>,
    /// The bundle.
    pub bundle: &'a Bundle,
    /// Access to the files of its store; `None` to skip foresight.
    pub files: Option<&'a dyn StoreFiles>,
    /// The files of its store, for limits of the policy on what the files are.
    pub store: &'a dyn StoreFiles,
    /// The services that are excepted from confinement and start with it, if it was looked for ([`startable`](super::startable)).
    pub startable: Option<&'a BTreeMap<UnitName, Word>>,
}

impl Target<'_> {
    /// Returns one of its services, with its host.
    pub fn service(&self, name: &UnitName) -> HostService {
        HostService {
            host: self.host.cloned(),
            unit: name.clone(),
        }
    }

    /// Returns all of its services.
    pub fn services(&self) -> impl Iterator<Item = HostService> {
        self.bundle.services.keys().map(|name| self.service(name))
    }
}
