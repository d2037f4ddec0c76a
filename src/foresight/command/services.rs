//! Ports that have names, and the list of services in which these are looked up.

use anyhow::Result;

use super::Step;
use crate::foresight::known::{Use, has_service, is_pair};
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
    let words: Vec<_> = std::iter::once(&entry.key).chain(&entry.values).collect();
    let is_pair = |pair: &[&String]| is_pair(pair[0], pair[1]);
    words.iter().any(|word| has_service(word)) || words.windows(2).any(is_pair)
}
