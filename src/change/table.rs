//! Writes changes for `confinix.toml`: options in the table of a service, and a preset for its binds.

use super::{Change, Expression};
use crate::confine::{PRESETS, PresetBind};
use crate::service::UnitName;
use crate::systemd::Setting;
use crate::text::toml_string;

/// Options of a service in `confinix.toml`, and read-only binds, which a preset has to have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Binds, as [`PresetBind::parse`] reads them.
    pub binds: Vec<String>,
    /// Store paths for its closure.
    pub packages: Vec<String>,
    /// The program to show as `/bin/sh`.
    pub bin_sh: Option<String>,
    /// The optional parts of its closure.
    pub include: Vec<String>,
    /// Presets, by name.
    pub presets: Vec<String>,
    /// The strategy.
    pub strategy: Option<String>,
}

impl Table {
    /// Makes changes options of `confinix.toml`. Fails with the first change that can't be one, because it is to the unit itself.
    pub fn of(changes: &[Change]) -> Result<Self, Change> {
        let mut table = Self::default();
        for change in changes {
            let is_added = match change {
                Change::Add(Setting::BindReadOnlyPaths, values) => {
                    values.iter().try_for_each(|value| table.bind(value))
                }
                other => table.add(other),
            };
            is_added.ok_or_else(|| change.clone())?;
        }
        Ok(table)
    }

    /// Adds a confinement option; `None` if it can't be written here.
    pub(super) fn add(&mut self, change: &Change) -> Option<()> {
        match change {
            Change::Packages(packages) => {
                for package in packages {
                    self.packages.push(package.path.clone()?);
                }
            }
            Change::Shell(program) => self.bin_sh = Some(program.as_ref()?.plain()?),
            Change::Strategy(choice) => self.strategy = Some((*choice).into()),
            Change::Presets(names) => {
                let names = names.iter().map(ToString::to_string);
                self.presets.extend(names);
            }
            Change::Include(include) => self.include.push(include.name().to_owned()),
            _ => return None,
        }
        Some(())
    }

    /// Adds a read-only bind; `None` if a preset can't have it.
    pub(super) fn bind(&mut self, value: &Expression) -> Option<()> {
        let word = value.plain()?;
        // A unit has specifiers there, a preset has not.
        if word.contains('%') {
            return None;
        }
        PresetBind::parse(&word).ok()?;
        self.binds.push(word);
        Some(())
    }

    /// Returns the header of the service's table.
    pub(super) fn name(service: &UnitName) -> String {
        let stem = service.stem();
        let is_bare = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        if stem.chars().all(is_bare) {
            format!("[services.{stem}]")
        } else {
            format!("[services.{}]", toml_string(stem))
        }
    }

    /// Returns the lines of the service's table; `None` if there are binds, which the table has no option for.
    pub(super) fn lines(&self) -> Option<Vec<String>> {
        self.binds.is_empty().then(|| self.options(&[]))
    }

    /// Returns the whole text. `subject` is what the changes are about; it distinguishes the preset from others of this service.
    pub(super) fn text(&self, service: &UnitName, subject: &str) -> String {
        if self.binds.is_empty() {
            let options = self.options(&[]).join("\n");
            return format!("{}\n{options}", Self::name(service));
        }
        let preset = preset_name(service, subject);
        let binds = list("bind-read-only", &self.binds).unwrap_or_default();
        let options = self.options(std::slice::from_ref(&preset)).join("\n");
        format!(
            "[presets.{preset}]\n{binds}\n\n{}\n{options}",
            Self::name(service)
        )
    }

    fn options(&self, more_presets: &[String]) -> Vec<String> {
        let presets: Vec<_> = self.presets.iter().chain(more_presets).cloned().collect();
        let text = |key: &str, value: &Option<String>| {
            let value = value.as_ref()?;
            Some(format!("{key} = {}", toml_string(value)))
        };
        let lines = [
            list("packages", &self.packages),
            text("bin-sh", &self.bin_sh),
            list("include", &self.include),
            list("presets", &presets),
            text("strategy", &self.strategy),
        ];
        lines.into_iter().flatten().collect()
    }
}

/// Writes a list of strings; `None` if it is empty.
fn list(key: &str, values: &[String]) -> Option<String> {
    let texts: Vec<_> = values.iter().map(|value| toml_string(value)).collect();
    (!values.is_empty()).then(|| format!("{key} = [{}]", texts.join(", ")))
}

/// Makes a name for a preset of this service. The subject of the changes distinguishes it from others.
pub fn preset_name(service: &UnitName, subject: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    let subject = subject.rsplit('/').find(|part| !part.is_empty());
    let name = format!("{}-{}", service.stem(), subject.unwrap_or("needs"));
    let name: String = name
        .chars()
        .map(|c| if is_plain(c) { c } else { '-' })
        .collect();
    if PRESETS.iter().any(|preset| preset.name == name) {
        format!("{name}-needs")
    } else {
        name
    }
}
