//! Presets of services.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

use super::{Services, SourceString, is_assignable, unique_keys};

/// A preset that a service uses, with its definition if the user has defined it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Preset {
    /// Its name: one of confinix's own, or one that the user has defined.
    pub name: String,
    /// The binds from the host, as `[-]SOURCE[:TARGET]`. Their store paths join the closure, like those of the other fields.
    #[serde(default)]
    pub bind_read_only: Vec<SourceString>,
    /// The variables that it sets if the unit does not.
    #[serde(default, deserialize_with = "unique_keys")]
    pub environment: BTreeMap<String, SourceString>,
    /// The packages that join the closure.
    #[serde(default)]
    pub packages: Vec<SourceString>,
}

impl Preset {
    /// Returns one of confinix's own presets.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            bind_read_only: Vec::new(),
            environment: BTreeMap::new(),
            packages: Vec::new(),
        }
    }

    /// Returns every text in it.
    pub fn texts(&self) -> impl Iterator<Item = &SourceString> {
        self.bind_read_only
            .iter()
            .chain(self.environment.values())
            .chain(&self.packages)
    }

    /// Returns every text in it.
    pub fn texts_mut(&mut self) -> impl Iterator<Item = &mut SourceString> {
        self.bind_read_only
            .iter_mut()
            .chain(self.environment.values_mut())
            .chain(&mut self.packages)
    }

    /// Fails if it contains an invalid name.
    pub(crate) fn check(&self) -> Result<()> {
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        ensure!(
            !self.name.is_empty() && self.name.chars().all(is_name),
            "{:?} is not the name of a preset: use letters, digits, - and _",
            self.name
        );
        for variable in self.environment.keys() {
            ensure!(
                is_assignable(variable),
                "the preset {} sets {variable:?}, which is not a variable name, so systemd would ignore it: use letters, digits and _, not starting with a digit",
                self.name
            );
        }
        Ok(())
    }
}

impl Services {
    /// Adds these definitions to the services' presets. Fails for a preset that is already defined.
    pub fn define_presets(&mut self, definitions: &BTreeMap<String, Preset>) -> Result<()> {
        let presets = self
            .services
            .values_mut()
            .flat_map(|service| &mut service.confinement.presets);
        for preset in presets {
            if let Some(definition) = definitions.get(&preset.name) {
                ensure!(
                    preset.texts().next().is_none(),
                    "the preset {} is defined both there and in Nix: give one of them another name",
                    preset.name
                );
                *preset = definition.clone();
            }
        }
        Ok(())
    }

    /// Returns the names of presets without a definition.
    pub fn undefined_presets(&self) -> BTreeSet<&str> {
        self.services
            .values()
            .flat_map(|service| &service.confinement.presets)
            .filter(|preset| preset.texts().next().is_none())
            .map(|preset| preset.name.as_str())
            .collect()
    }
}
