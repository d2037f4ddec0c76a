//! Services from directories of units, without Nix.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::config::ServiceOptions;
use crate::document::{self, Kind};
use crate::service::{
    Confinement, Include, Mode, Preset, Selection, Service, Services, Source, SourceString,
    UnitName,
};
use crate::store::{Package, StoreDir, mentions};
use crate::systemd::{Assignments, Merged, Part, UnitDirectories, assigned, unset};
use crate::text::closest;

/// Directories of units, and the options of confinement for all services.
pub struct Units<'r> {
    /// The directories, the most important first.
    pub directories: &'r [PathBuf],
    /// What to add to the closures.
    pub include: &'r [Include],
    /// The presets of all services.
    pub presets: &'r [String],
    /// The options of each service.
    pub options: &'r BTreeMap<UnitName, ServiceOptions>,
}

impl Units<'_> {
    /// The services that `selection` selects; if it is empty, all that run a program of the store. Units without a command,
    /// masked units and aliases are selected only by their exact name.
    ///
    /// Also returns warnings: what systemd ignores in the selected units, and which units it would not load. For a unit
    /// selected by its exact name, the latter is an error.
    pub fn services(
        &self,
        selection: &Selection,
        dir: &StoreDir,
    ) -> Result<(Services, Vec<String>)> {
        let directories = UnitDirectories::new(self.directories)?;
        let mut names = directories.names()?;
        self.refuse_unknown(&directories, &names)?;
        // An instance needs no file of its own.
        let asked_for = selection.exact().chain(self.enabled().cloned());
        names.extend(asked_for.filter(|name| name.template().is_some()));
        let mut services = BTreeMap::new();
        let mut warnings = Vec::new();
        for name in names {
            if !selection.is_empty() && !selection.takes(&name) {
                continue;
            }
            let is_named = selection.exact().any(|exact| exact == name)
                || self.enabled().any(|enabled| *enabled == name);
            match directories.read(&name)? {
                Merged::Unit(parts, ignored) => {
                    let service = self.service(&name, parts, dir)?;
                    let runs_store = service
                        .exec
                        .values()
                        .flatten()
                        .any(|line| mentions(&line.text, dir).next().is_some());
                    let is_taken =
                        is_named || service.has_commands() && (runs_store || !selection.is_empty());
                    if !is_taken {
                        continue;
                    }
                    match service.check(&name) {
                        Ok(()) => {
                            warnings.extend(ignored);
                            services.insert(name, service);
                        }
                        Err(error) if is_named => {
                            return Err(error.context(format!("{name} can't be confined")));
                        }
                        Err(error) => warnings.push(format!("skipping {name}: {error:#}")),
                    }
                }
                Merged::Alias(other) if is_named => {
                    bail!("{name} is an alias of {other}: use that name")
                }
                Merged::Masked if is_named => bail!("{name} is masked: it runs nothing"),
                Merged::Refused(reason) if is_named => {
                    bail!("systemd does not load {name}: {reason}")
                }
                Merged::Refused(reason) => {
                    warnings.push(format!(
                        "skipping {name}: systemd does not load it: {reason}"
                    ));
                }
                Merged::Missing => warnings.extend(directories.passed_over(&name)?),
                Merged::Alias(_) | Merged::Masked => {}
            }
        }
        let mut services = Services::new(dir.clone(), services);
        services.source = Source::Units;
        services.check()?;
        Ok((services, warnings))
    }

    /// The names of all units of services.
    pub fn names(&self) -> Result<BTreeSet<UnitName>> {
        UnitDirectories::new(self.directories)?.names()
    }

    /// The services with `enable = true`.
    pub fn enabled(&self) -> impl Iterator<Item = &UnitName> {
        let options = self.options.iter();
        options
            .filter(|(_, options)| options.enable)
            .map(|(name, _)| name)
    }

    /// Refuses options without a unit, which would have no effect.
    fn refuse_unknown(
        &self,
        directories: &UnitDirectories,
        names: &BTreeSet<UnitName>,
    ) -> Result<()> {
        for (name, ServiceOptions { place, .. }) in self.options {
            match directories.read(name)? {
                Merged::Missing => bail!(
                    "{place}: no unit {name} in {}{}",
                    listed(self.directories),
                    match closest(name.stem(), names.iter().map(UnitName::stem)) {
                        Some(meant) => format!("; did you mean {meant:?}?"),
                        None => ": correct the name".to_owned(),
                    }
                ),
                Merged::Alias(other) => {
                    bail!("{place}: {name} is an alias of {other}: use that name")
                }
                Merged::Unit(..) | Merged::Masked | Merged::Refused(_) => {}
            }
        }
        Ok(())
    }

    fn service(&self, name: &UnitName, parts: Vec<Part>, dir: &StoreDir) -> Result<Service> {
        let own = self.options.get(name);
        let full_unit = match own {
            Some(own) if own.full_unit => Some(SourceString::plain(whole_text(&parts)?)),
            _ => None,
        };
        let mut unit = Assignments::default();
        for part in parts {
            let below = |directory: &PathBuf| part.path.strip_prefix(directory).ok();
            let file = self.directories.iter().find_map(below);
            let file = file.unwrap_or(&part.path).display().to_string();
            unit.add_file(&file, part.unit, &BTreeMap::new());
        }
        let mut variables = assigned(&unit.settings);
        unset(&unit.settings, &mut variables);
        let has = |include| {
            let own = own.iter().flat_map(|own| &own.include);
            self.include.iter().chain(own).any(|one| *one == include)
        };
        let path = match variables.remove("PATH") {
            Some(path) if has(Include::Path) || has(Include::PathWithoutSystemd) => path
                .split(':')
                .map(|directory| {
                    let is_systemd = mentions(directory, dir).next().is_some_and(|mention| {
                        matches!(
                            Package::parse(mention.name).name,
                            "systemd" | "systemd-minimal"
                        )
                    });
                    let is_left_out = is_systemd && !has(Include::Path);
                    SourceString::plain(if is_left_out { "" } else { directory })
                })
                .collect(),
            _ => Vec::new(),
        };
        let environment = if has(Include::Environment) {
            variables
                .into_iter()
                .map(|(variable, value)| (variable, SourceString::plain(value)))
                .collect()
        } else {
            BTreeMap::new()
        };
        let own_presets = own.iter().flat_map(|own| &own.presets);
        let mut presets: Vec<&String> = Vec::new();
        for preset in own_presets.chain(self.presets) {
            if !presets.contains(&preset) {
                presets.push(preset);
            }
        }
        Ok(Service {
            exec: unit.exec,
            settings: unit.settings,
            confinement: Confinement {
                mode: own.and_then(|own| own.mode).unwrap_or(Mode::FullApivfs),
                packages: own.map(|own| own.packages.clone()).unwrap_or_default(),
                bin_sh: own.and_then(|own| own.bin_sh.clone()),
                full_unit,
                strategy: own.and_then(|own| own.strategy),
                path,
                environment,
                adopt: own.is_some_and(|own| own.adopt),
                observe: own.is_some_and(|own| own.observe),
                hide: own.map(|own| own.hide.clone()).unwrap_or_default(),
                hide_unobserved: own.and_then(|own| own.hide_unobserved),
                runs: Vec::new(),
                by_default: false,
                presets: presets.into_iter().map(Preset::named).collect(),
                variables: BTreeSet::new(),
            },
            unit_packages: Vec::new(),
            placement: None,
            triggered_by: BTreeMap::new(),
        })
    }
}

/// The text of a unit without its comments, whose store paths don't count.
fn whole_text(parts: &[Part]) -> Result<String> {
    let mut text = String::new();
    for Part { path, .. } in parts {
        let bytes = document::read(path, Kind::Unit)
            .with_context(|| format!("cannot read {}", path.display()))?;
        for line in String::from_utf8_lossy(&bytes).lines() {
            if !line.trim_start().starts_with(['#', ';']) {
                text.extend(line.chars().map(|c| if c.is_control() { ' ' } else { c }));
                text.push('\n');
            }
        }
    }
    Ok(text)
}

fn listed(directories: &[PathBuf]) -> String {
    let names = directories.iter().map(|path| path.display().to_string());
    names.collect::<Vec<_>>().join(" and ")
}
