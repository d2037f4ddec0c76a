//! Services from directories of units, without Nix.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::service::{
    Confinement, Include, Mode, Preset, Selection, Service, Services, Source, SourceString,
};
use crate::store::{Package, StoreDir, mentions};
use crate::systemd::{Assignments, Merged, Part, UnitDirectories, assigned, unset};

/// Where units are, and what is asked of confinement for all of them.
pub struct Units<'r> {
    /// Directories, the first the most important.
    pub directories: &'r [PathBuf],
    /// What joins the closures.
    pub include: &'r [Include],
    /// The presets that they have.
    pub presets: &'r [String],
}

impl Units<'_> {
    /// The services that `selection` takes; where it is empty, all that run something of the store. What has no command, is masked or
    /// only another name of a unit is not taken, unless it is named itself.
    ///
    /// With them comes what the user ought to know, a sentence each: what systemd ignores of those that are taken, and which units it
    /// would not load. Only a unit that is named itself makes such a thing an error.
    pub fn services(
        &self,
        selection: &Selection,
        dir: &StoreDir,
    ) -> Result<(Services, Vec<String>)> {
        let directories = UnitDirectories::new(self.directories)?;
        let mut names = directories.names()?;
        // An instance needs no file of its own.
        names.extend(selection.exact().filter(|name| name.template().is_some()));
        let mut services = BTreeMap::new();
        let mut warnings = Vec::new();
        for name in names {
            if !selection.is_empty() && !selection.takes(&name) {
                continue;
            }
            let is_named = selection.exact().any(|exact| exact == name);
            match directories.read(&name)? {
                Merged::Unit(parts, ignored) => {
                    let service = self.service(parts, dir);
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
                        Err(error) => warnings.push(format!("{name} is left out: {error:#}")),
                    }
                }
                Merged::Alias(other) if is_named => {
                    bail!("{name} is another name of {other}: select that")
                }
                Merged::Masked if is_named => bail!("{name} is masked: it runs nothing"),
                Merged::Refused(reason) if is_named => {
                    bail!("systemd does not load {name}: {reason}")
                }
                Merged::Refused(reason) => {
                    warnings.push(format!(
                        "{name} is left out, as systemd does not load it: {reason}"
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

    fn service(&self, parts: Vec<Part>, dir: &StoreDir) -> Service {
        let mut unit = Assignments::default();
        for part in parts {
            let below = |directory: &PathBuf| part.path.strip_prefix(directory).ok();
            let file = self.directories.iter().find_map(below);
            let file = file.unwrap_or(&part.path).display().to_string();
            unit.add_file(&file, part.unit, &BTreeMap::new());
        }
        let mut variables = assigned(&unit.settings);
        unset(&unit.settings, &mut variables);
        let has = |include| self.include.contains(&include);
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
        Service {
            exec: unit.exec,
            settings: unit.settings,
            confinement: Confinement {
                mode: Mode::FullApivfs,
                packages: Vec::new(),
                bin_sh: None,
                full_unit: None,
                strategy: None,
                path,
                environment,
                adopt: false,
                presets: self.presets.iter().map(Preset::named).collect(),
                variables: BTreeSet::new(),
            },
            unit_packages: Vec::new(),
            placement: None,
        }
    }
}
