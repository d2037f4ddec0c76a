//! Compares the settings and commands of a service.

use std::collections::{BTreeMap, BTreeSet};

use super::Side;
use super::model::SettingChange;
use crate::store::name_packages;

/// Returns the settings that differ, by name. The change of a store path belongs to its package, and is not a change here.
pub fn changes(old: &Side, new: &Side) -> Vec<SettingChange> {
    let (mut before, mut after) = (all(old), all(new));
    let names: BTreeSet<String> = before.keys().chain(after.keys()).cloned().collect();
    names
        .into_iter()
        .filter_map(|name| {
            let from = before.remove(&name).unwrap_or_default();
            let to = after.remove(&name).unwrap_or_default();
            (from != to).then_some(SettingChange { name, from, to })
        })
        .collect()
}

fn all(side: &Side) -> BTreeMap<String, Vec<String>> {
    let Side(bundle, service) = side;
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let own = service.settings.iter();
    for (name, values) in own
        .chain(service.confinement.iter())
        .chain(service.exec.iter())
    {
        let values = values
            .iter()
            .map(|value| name_packages(value, &bundle.bundle.store_dir));
        all.entry(name.to_owned()).or_default().extend(values);
    }
    let mut ours = |name: &str, value: &str| {
        all.insert(
            format!("confinement.{name}"),
            vec![name_packages(value, &bundle.bundle.store_dir)],
        )
    };
    ours("mode", service.mode.name());
    ours("strategy", service.strategy.name());
    if let Some(bin_sh) = &service.bin_sh {
        ours("binSh", bin_sh);
    }
    all
}
