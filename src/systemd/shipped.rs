//! Services merged with the units that packages ship for them.
//!
//! If a package ships a unit of a service's name, NixOS writes the service's settings to a drop-in (`overrides.conf`),
//! otherwise to a unit file. The drop-ins of packages apply to both.

mod place;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};

use self::place::{Idle, Place};
use super::linked::Linked;
use super::undeclared::look_for_unconfined;
use crate::service::{Services, SourceString};
use crate::store::StoreFiles;

/// Merges what packages ship for each service with the service's own settings, in the order in which systemd reads a unit and
/// its drop-ins. The packages must be in the store; afterwards, services don't name them any more.
///
/// A service without any command, and a drop-in without a unit, are errors that name service and remedy: systemd ignores them. If the
/// service is only confined by default, it is left out instead. Services that only packages have become unconfined ones. Returns a warning for each drop-in that was skipped.
pub fn add_shipped_units(
    services: &mut Services,
    files: &dyn StoreFiles,
) -> Result<BTreeSet<String>> {
    let mut warnings = BTreeSet::new();
    let dir = services.store_dir.clone();
    // Nearly always all services have one list, which is read once.
    let mut lists = BTreeMap::<Vec<String>, Vec<SourceString>>::new();
    for service in services.services.values() {
        let list = lists.entry(names(&service.unit_packages));
        list.or_insert_with(|| service.unit_packages.clone());
    }
    let mut shipped = BTreeMap::new();
    let mut directories = BTreeMap::new();
    for (names, packages) in &lists {
        let linked = Linked::new(packages, files, &dir, services.manager);
        let linked = linked.context("cannot read the units that packages ship")?;
        look_for_unconfined(services, &linked)?;
        directories.insert(names, linked);
    }
    services.declared = None;
    let mut idle = Vec::new();
    for (name, service) in &mut services.services {
        let packages = std::mem::take(&mut service.unit_packages);
        let placement = service.placement.take();
        let Some(directory) = directories.get(&names(&packages)) else {
            continue;
        };
        if packages.is_empty() && placement.is_none() {
            continue;
        }
        let placement = &placement.unwrap_or_default();
        let place = Place {
            name,
            directory,
            placement,
        };
        match place.merge(service, &mut warnings) {
            Err(error) if service.confinement.by_default && error.is::<Idle>() => {
                idle.push(name.clone());
            }
            merged => {
                let files = merged?;
                if !files.is_empty() {
                    shipped.insert(name.clone(), files);
                }
            }
        }
    }
    drop(directories);
    services.shipped = shipped;
    services.services.retain(|name, service| {
        !idle.contains(name) && (service.has_commands() || !service.confinement.by_default)
    });
    Ok(warnings)
}

fn names(packages: &[SourceString]) -> Vec<String> {
    packages.iter().map(|text| text.text.clone()).collect()
}
