//! Reads presets that the file defines.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, bail, ensure};
use toml::de::DeTable;

use super::reader::{Reader, Value, table_named, unknown_key};
use crate::confine::{PRESETS, PresetBind};
use crate::service::{Preset, SourceString, is_assignable};
use crate::store::StorePath;

const PRESET_KEYS: &[&str] = &["bind-read-only", "environment", "packages"];

impl Reader<'_> {
    pub(super) fn presets(&self, value: &Value) -> Result<BTreeMap<String, Preset>> {
        let mut presets = BTreeMap::new();
        for (key, value) in
            self.table("presets", "tables, each written as [presets.NAME]", value)?
        {
            let name = key.get_ref().as_ref();
            let place = self.place(&key.span());
            ensure!(
                PRESETS.iter().all(|preset| preset.name != name),
                "{place}: the preset {name:?} is built in and can't be redefined: give yours another name"
            );
            let preset = self.preset(name, value)?;
            preset
                .check()
                .map_err(|error| anyhow::anyhow!("{place}: {error:#}"))?;
            ensure!(
                preset.texts().next().is_some(),
                "{place}: the preset {name} is empty: give it {}",
                PRESET_KEYS.join(", ")
            );
            presets.insert(name.to_owned(), preset);
        }
        Ok(presets)
    }

    /// An unknown key is an error here, not a finding, because its content would be missing in the service.
    fn preset(&self, name: &str, value: &Value) -> Result<Preset> {
        let mut preset = Preset::named(name);
        for (key, value) in self.table("a preset", "a table, written as [presets.NAME]", value)? {
            match key.get_ref().as_ref() {
                "bind-read-only" => {
                    preset.bind_read_only = self.texts("bind-read-only", value, |text| {
                        PresetBind::parse(text).map(|_| ())
                    })?;
                }
                "packages" => {
                    preset.packages = self.packages("security.confinix.presets", value)?;
                }
                "environment" => preset.environment = self.variables(value)?,
                key_name => bail!(
                    "{}: {}",
                    self.place(&key.span()),
                    unknown_key(key_name, &table_named("presets", name), PRESET_KEYS)
                ),
            }
        }
        Ok(preset)
    }

    pub(super) fn table<'v, 'i>(
        &self,
        what: &str,
        expected: &str,
        value: &'v Value<'i>,
    ) -> Result<&'v DeTable<'i>> {
        match value.get_ref().as_table() {
            Some(table) => Ok(table),
            None => Err(self.wrong(what, expected, value)),
        }
    }

    /// Reads store paths. `option`: the NixOS option that takes packages.
    pub(super) fn packages(&self, option: &str, value: &Value) -> Result<Vec<SourceString>> {
        self.texts("packages", value, |text| {
            let mut above = Path::new(text).ancestors().filter_map(Path::to_str);
            ensure!(
                above.any(|path| StorePath::parse(path).is_ok()),
                "{text:?} is not a store path; packages by name are possible only in Nix ({option})"
            );
            Ok(())
        })
    }

    fn texts(
        &self,
        what: &str,
        value: &Value,
        check: impl Fn(&str) -> Result<()>,
    ) -> Result<Vec<SourceString>> {
        self.list(what, "a list of strings", value)?
            .iter()
            .map(|value| {
                let text = self.string(what, value)?;
                self.at(value, check(text))?;
                self.at(value, plain(text))
            })
            .collect()
    }

    fn variables(&self, value: &Value) -> Result<BTreeMap<String, SourceString>> {
        let mut variables = BTreeMap::new();
        for (key, value) in self.table("environment", "a table of strings", value)? {
            let name = key.get_ref().as_ref();
            ensure!(
                is_assignable(name),
                "{}: {name:?} is not a variable name: use letters, digits and _, not starting with a digit",
                self.place(&key.span())
            );
            let text = self.string(name, value)?;
            variables.insert(name.to_owned(), self.at(value, plain(text))?);
        }
        Ok(variables)
    }
}

/// Reads a text that a unit file can contain.
fn plain(text: &str) -> Result<SourceString> {
    let is_control = |c: char| c.is_control() && !"\n\t".contains(c);
    ensure!(
        !text.contains(is_control),
        "{text:?} contains a control character: remove it"
    );
    Ok(SourceString::plain(text))
}
