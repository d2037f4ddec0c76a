//! What packages show about services that are not confined.

use std::collections::BTreeSet;

use anyhow::Result;

use super::linked::Linked;
use super::package_files::End;
use crate::service::{LeftOutBy, Services, Unconfined, UnitName, Unneeded};

/// Looks for the unit files of services that are not confined among those that packages ship: of services without a command of their
/// own, and of services that the configuration does not declare.
pub fn look_for_unconfined(services: &mut Services, linked: &Linked) -> Result<()> {
    for (name, unconfined) in &mut services.unconfined {
        if unconfined.unneeded == Some(Unneeded::NoCommand)
            && linked.entries.contains_key(name.as_str())
        {
            unconfined.unneeded = None;
        }
    }
    if let Some(declared) = &services.declared {
        services
            .unconfined
            .extend(linked.services_besides(declared)?);
    }
    Ok(())
}

impl Linked<'_> {
    /// The services with a unit file here whose names are not among `declared`, as services that are not confined. Names that lead
    /// to the file of another are aliases.
    fn services_besides(&self, declared: &BTreeSet<String>) -> Result<Vec<(UnitName, Unconfined)>> {
        let mut found = Vec::new();
        for (name, shipped) in &self.entries {
            let (Ok(unit), Some(shipped)) = (UnitName::parse(name), shipped.first()) else {
                continue;
            };
            let End::InStore(end) = self.files.end(&shipped.path)? else {
                continue;
            };
            let file = end.rsplit('/').next().unwrap_or_default();
            let is_alias = file != name && self.entries.contains_key(file);
            if declared.contains(name) || is_alias || self.files.content(&shipped.path)?.is_none() {
                continue;
            }
            let service = Unconfined {
                by: LeftOutBy::Package,
                reason: format!("only {} has its unit", self.called(&shipped.path)),
                unneeded: None,
            };
            found.push((unit, service));
        }
        Ok(found)
    }
}
