//! Ports that have names, and the list of services in which these are looked up.

use anyhow::Result;

use super::Step;
use crate::foresight::known::{Use, name_service};
use crate::foresight::trouble::Trouble;
use crate::inspect::Entry;

impl Step<'_> {
    /// The list of services, in which a port is looked up that has a name.
    pub(super) fn services(&self, who: &str) -> Result<Option<Trouble>> {
        let trouble = self.file(who, "/etc/services", Use::Reads)?;
        Ok(trouble.map(|trouble| trouble.uncertain_if(true)))
    }
}

/// Whether an entry has a port that is the name of a service.
pub(super) fn names_service(entry: &Entry) -> bool {
    let words = std::iter::once(&entry.key).chain(&entry.values);
    name_service(&words.map(String::as_str).collect::<Vec<_>>())
}
