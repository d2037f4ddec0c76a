//! Services that are excepted from confinement, and start with it in a rehearsal.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::bundle::Bundle;
use crate::change::Change;
use crate::rehearse::{Records, Word};
use crate::service::{LeftOutBy, UnitName};
use crate::store::StoreFiles;
use crate::unfit::{is_in_vain, stays_out};

/// The excepted services of a bundle that records have, as names to look for.
pub fn recorded_exceptions(bundle: &Bundle, records: &Records) -> Vec<UnitName> {
    let unconfined = bundle.unconfined.iter();
    unconfined
        .filter(|(name, told)| {
            told.by == LeftOutBy::Configuration && told.unneeded.is_none() && records.have(name)
        })
        .map(|(name, _)| name.clone())
        .collect()
}

/// The services of this bundle that started confined when they had the commands and settings that they have now, each with whether
/// that took changes. Those of a kind that stays out in any case are not among them. `bundle`: of excepted services, as if they were not.
pub fn startable(
    bundle: &Bundle,
    files: &dyn StoreFiles,
    records: &Records,
) -> Result<BTreeMap<UnitName, Word>> {
    let services = bundle.services()?;
    let mut startable = BTreeMap::new();
    for (name, service) in &bundle.services {
        let Some(recorded) = records.started(name, service) else {
            continue;
        };
        let made_of = &services.services[name];
        let text = recorded.changes.as_ref().map(|changes| &*changes.text);
        let shows_bus = text.is_some_and(|text| text.contains("dbus"));
        let bus = Change::Presets(vec!["dbus"]);
        let is_in_vain = shows_bus && is_in_vain(made_of, &[bus]).is_some();
        if !is_in_vain && stays_out(name, made_of, &bundle.store_dir, files)?.is_none() {
            startable.insert(name.clone(), recorded.verdict);
        }
    }
    Ok(startable)
}
