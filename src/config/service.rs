//! `[services.NAME]`: the options of a service that is read from units, like `systemd.services.<name>.confinement` for services from
//! Nix.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, bail, ensure};

use super::Place;
use super::reader::{Reader, Value, table_named, unknown_key};
use crate::confine::preset_names;
use crate::date::Date;
use crate::service::{Choice, Hide, HideClass, Include, Mode, Preset, SourceString, UnitName};
use crate::text::{closest, shell_word};

/// The options of a service.
#[allow(clippy::struct_excessive_bools, reason = "each is a key of its own")]
#[derive(Debug)]
pub struct ServiceOptions {
    /// Where the options are.
    pub place: Place,
    /// Whether to confine the service if no service is selected.
    pub enable: bool,
    /// Its mode; `None` if it is not set, as for the other options.
    pub mode: Option<Mode>,
    /// Store paths to add to its closure.
    pub packages: Vec<SourceString>,
    /// The program to show as `/bin/sh`.
    pub bin_sh: Option<SourceString>,
    /// Whether all store paths in its unit join its closure.
    pub full_unit: bool,
    /// The optional parts of its closure.
    pub include: Vec<Include>,
    /// The strategy.
    pub strategy: Option<Choice>,
    /// Whether to keep the root directory that its unit sets.
    pub adopt: bool,
    /// Whether its view is on a file system of its own, so that what it opens can be observed.
    pub observe: bool,
    /// The classes of files that its view leaves out.
    pub hide: Hide,
    /// The last day on which its view leaves out the executables that no run touched.
    pub hide_unobserved: Option<Date>,
    /// Its presets, by name.
    pub presets: Vec<String>,
}

const OPTIONS: &[&str] = &[
    "adopt",
    "bin-sh",
    "enable",
    "full-unit",
    "hide",
    "hide-unobserved",
    "include",
    "mode",
    "observe",
    "packages",
    "presets",
    "strategy",
];

impl Reader<'_> {
    /// Reads the table. `presets` are those that the file defines.
    pub(super) fn services_of(
        &self,
        value: &Value,
        presets: &BTreeMap<String, Preset>,
    ) -> Result<BTreeMap<UnitName, ServiceOptions>> {
        let mut services = BTreeMap::new();
        for (key, value) in
            self.table("services", "tables, each written as [services.NAME]", value)?
        {
            let place = self.place(&key.span());
            let name =
                unit_name(key.get_ref()).map_err(|error| anyhow::anyhow!("{place}: {error:#}"))?;
            let options = self.service(key.get_ref(), &name, place.clone(), value, presets)?;
            if let Some(other) = services.insert(name.clone(), options) {
                bail!(
                    "{place}: options of {name} already exist at {}: merge the tables",
                    other.place
                );
            }
        }
        Ok(services)
    }

    /// An unknown key is an error here, not a finding, because its content would be missing in the service.
    fn service(
        &self,
        written: &str,
        name: &UnitName,
        place: Place,
        value: &Value,
        presets: &BTreeMap<String, Preset>,
    ) -> Result<ServiceOptions> {
        let mut options = ServiceOptions {
            place,
            enable: false,
            mode: None,
            packages: Vec::new(),
            bin_sh: None,
            full_unit: false,
            include: Vec::new(),
            strategy: None,
            adopt: false,
            observe: false,
            hide: Hide::new(),
            hide_unobserved: None,
            presets: Vec::new(),
        };
        for (key, value) in self.table(
            "the options of a service",
            "a table, written as [services.NAME]",
            value,
        )? {
            match key.get_ref().as_ref() {
                "adopt" => options.adopt = self.switch("adopt", value)?,
                "bin-sh" => options.bin_sh = Some(self.program(value)?),
                "enable" => options.enable = self.switch("enable", value)?,
                "full-unit" => options.full_unit = self.switch("full-unit", value)?,
                "hide" => {
                    let classes = self.parsed("hide", value, str::parse::<HideClass>)?;
                    options.hide = classes.into_iter().collect();
                }
                "hide-unobserved" => {
                    options.hide_unobserved = Some(self.date("hide-unobserved", value)?);
                }
                "include" => options.include = self.parsed("include", value, str::parse)?,
                "mode" => {
                    let mode = Mode::try_from(self.string("mode", value)?.to_owned());
                    options.mode = Some(self.at(value, mode.map_err(anyhow::Error::msg))?);
                }
                "observe" => options.observe = self.switch("observe", value)?,
                "packages" => options.packages = self.packages("confinement.packages", value)?,
                "presets" => {
                    options.presets =
                        self.parsed("presets", value, |name| preset(name, presets))?;
                }
                "strategy" => {
                    let strategy = self.string("strategy", value)?.parse::<Choice>();
                    options.strategy = Some(self.at(value, strategy)?);
                }
                key_name => bail!(
                    "{}: {}",
                    self.place(&key.span()),
                    unknown_option(key_name, written, name)
                ),
            }
        }
        Ok(options)
    }

    pub(super) fn switch(&self, what: &str, value: &Value) -> Result<bool> {
        match value.get_ref().as_bool() {
            Some(is_on) => Ok(is_on),
            None => Err(self.wrong(what, "true or false", value)),
        }
    }

    fn program(&self, value: &Value) -> Result<SourceString> {
        let path = self.string("bin-sh", value)?;
        let is_plain = Path::new(path).is_absolute() && !path.contains(char::is_control);
        let checked = is_plain.then(|| SourceString::plain(path)).ok_or_else(|| {
            anyhow::anyhow!("{path:?} is not the path of a program: write an absolute path")
        });
        self.at(value, checked)
    }

    fn parsed<T>(
        &self,
        what: &str,
        value: &Value,
        parse: impl Fn(&str) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.list(what, "a list of strings", value)?
            .iter()
            .map(|value| self.at(value, parse(self.string(what, value)?)))
            .collect()
    }
}

/// Parses `web` or `web.service`.
pub(super) fn unit_name(text: &str) -> Result<UnitName> {
    UnitName::parse(text).or_else(|_| UnitName::parse(&format!("{text}.service")))
}

fn preset(name: &str, presets: &BTreeMap<String, Preset>) -> Result<String> {
    let own = presets.keys().map(String::as_str);
    let known: Vec<_> = preset_names().into_iter().chain(own).collect();
    ensure!(
        known.contains(&name),
        "unknown preset {name:?}{}",
        match closest(name, known.iter().copied()) {
            Some(meant) => format!("; did you mean {meant:?}?"),
            None => format!(": expected one of {}", known.join(", ")),
        }
    );
    Ok(name.to_owned())
}

/// Describes a key that is no option. `written`: the service, as the file names it.
fn unknown_option(key: &str, written: &str, service: &UnitName) -> String {
    // systemd's settings start with a capital letter; options don't.
    if key.starts_with(|c: char| c.is_ascii_uppercase()) {
        return format!(
            "{key} is not an option of confinement: a setting of systemd belongs in a drop-in of the unit (systemctl edit {})",
            shell_word(service.as_str())
        );
    }
    unknown_key(key, &table_named("services", written), OPTIONS)
}

#[cfg(test)]
mod tests;
