//! The presets of a service, as a bundle records them.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};

use super::model::{BundleService, Definition};
use crate::confine::is_built_in;
use crate::service::{Preset, SourceString};

/// What a bundle records about presets that are not built in.
pub fn definitions(presets: &[Preset]) -> Result<BTreeMap<String, Definition>> {
    let texts = |texts: &[SourceString]| texts.iter().map(|text| text.text.clone()).collect();
    let mut definitions = BTreeMap::new();
    for preset in presets {
        if is_built_in(&preset.name) {
            continue;
        }
        let variables = preset.environment.iter();
        let definition = Definition {
            bind_read_only: texts(&preset.bind_read_only),
            environment: variables
                .map(|(variable, value)| (variable.clone(), value.text.clone()))
                .collect(),
        };
        if let Some(other) = definitions.insert(preset.name.clone(), definition.clone()) {
            ensure!(
                other == definition,
                "the preset {:?} is defined twice: give one of them another name",
                preset.name
            );
        }
    }
    Ok(definitions)
}

/// The presets of a service, from a bundle; their packages are part of the closure and no longer listed separately.
pub fn presets(service: &BundleService) -> Result<Vec<Preset>> {
    let preset = |name: &String| {
        let mut preset = Preset::named(name.as_str());
        match service.definitions.get(name) {
            Some(Definition {
                bind_read_only,
                environment,
            }) => {
                preset.bind_read_only = bind_read_only.iter().map(SourceString::plain).collect();
                preset.environment = environment
                    .iter()
                    .map(|(variable, value)| (variable.clone(), SourceString::plain(value)))
                    .collect();
            }
            None => ensure!(is_built_in(name), "the preset {name:?} is not defined"),
        }
        preset.check()?;
        Ok(preset)
    };
    service.presets.iter().map(preset).collect()
}
