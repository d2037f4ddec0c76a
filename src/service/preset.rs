//! Presets as a service asks for them.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

use super::{Services, SourceString, is_assignable, unique_keys};

/// A preset that a service asks for, with what is given to it besides what confinix knows of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Preset {
    /// Its name: one of confinix' own, or one that the user has defined.
    pub name: String,
    /// What it shows of the host, as `[-]SOURCE[:TARGET]`; its store paths join the closure, as those of the rest do.
    #[serde(default)]
    pub bind_read_only: Vec<SourceString>,
    /// The variables that it sets where the unit does not.
    #[serde(default, deserialize_with = "unique_keys")]
    pub environment: BTreeMap<String, SourceString>,
    /// What joins the closure.
    #[serde(default)]
    pub packages: Vec<SourceString>,
}

impl Preset {
    /// A preset of confinix' own.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            bind_read_only: Vec::new(),
            environment: BTreeMap::new(),
            packages: Vec::new(),
        }
    }

    /// Every text in it.
    pub fn texts(&self) -> impl Iterator<Item = &SourceString> {
        self.bind_read_only
            .iter()
            .chain(self.environment.values())
            .chain(&self.packages)
    }

    /// Every text in it.
    pub fn texts_mut(&mut self) -> impl Iterator<Item = &mut SourceString> {
        self.bind_read_only
            .iter_mut()
            .chain(self.environment.values_mut())
            .chain(&mut self.packages)
    }

    /// Fails where a name in it can't be one.
    pub(crate) fn check(&self) -> Result<()> {
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        ensure!(
            !self.name.is_empty() && self.name.chars().all(is_name),
            "{:?} is not the name of a preset: letters, digits, - and _ can be in it",
            self.name
        );
        for variable in self.environment.keys() {
            ensure!(
                is_assignable(variable),
                "the preset {} sets {variable:?}, which systemd would ignore: the name of a variable has letters, digits and _, and does not begin with a digit",
                self.name
            );
        }
        Ok(())
    }
}

impl Services {
    /// Gives the services' presets of these names what they are defined as. One that has a definition already is an error.
    pub fn define_presets(&mut self, definitions: &BTreeMap<String, Preset>) -> Result<()> {
        let presets = self
            .services
            .values_mut()
            .flat_map(|service| &mut service.confinement.presets);
        for preset in presets {
            if let Some(definition) = definitions.get(&preset.name) {
                ensure!(
                    preset.texts().next().is_none(),
                    "the preset {} is defined there and in Nix: give one of them another name",
                    preset.name
                );
                *preset = definition.clone();
            }
        }
        Ok(())
    }

    /// The presets that have no definition, by name.
    pub fn undefined_presets(&self) -> BTreeSet<&str> {
        self.services
            .values()
            .flat_map(|service| &service.confinement.presets)
            .filter(|preset| preset.texts().next().is_none())
            .map(|preset| preset.name.as_str())
            .collect()
    }
}
