//! Reads services from every kind of source.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, bail};

use super::configuration::nearest;
use super::files::read_file;
use super::request::Read;
use super::shipped::merge_shipped_units;
use super::units::Units;
use super::{Request, Source, Unclear};
use crate::config::Config;
use crate::document::Kind;
use crate::nix::{self, AsHosts, Evaluated, Nix};
use crate::progress::Progress;
use crate::service::{Selection, Services, Unconfined, UnitName};
use crate::store::{LocalFiles, StoreDir};
use crate::text::nix_attr;

impl Request {
    /// Services and graph of a build.
    pub(super) fn attributes(&self, file: &Path, nix: &Nix) -> Result<Read<'static>> {
        nix.progress().step("reading attributes");
        let remedy = "nix/bundle.nix makes one";
        let (mut services, graph) = read_file(file, Kind::Attributes, remedy, nix::read_attrs)?;
        self.selection.apply(&mut services)?;
        refuse_none(&services)?;
        let files = Box::new(LocalFiles::new("/", &services.store_dir));
        merge_shipped_units(nix, &mut services, &*files)?;
        Ok(Read {
            services,
            graph: Some(graph),
            files,
        })
    }

    /// The selected services, with their presets defined.
    pub(super) fn taken(&self, nix: &Nix) -> Result<Services> {
        let given = self.configuration.given()?;
        let config = match &self.source {
            Source::Units(_) if given.is_none() => nearest()?,
            _ => given,
        };
        let mut services = match &self.source {
            Source::Recording(file) | Source::Attributes(file) => self.recorded(file, nix)?,
            Source::Units(directories) => self.of_units(directories, config.as_deref(), nix)?,
            Source::Flake { .. } | Source::File { .. } | Source::Expression { .. } => {
                self.evaluated(nix)?
            }
        };
        if let Some(attribute) = services.beside.take() {
            nix.progress().warn(&format!(
                "warning: the set has {attribute} beside services, and these are not read: --user reads them instead, for a bundle of their own"
            ));
        }
        self.complete(&mut services, config, nix)?;
        Ok(services)
    }

    /// Defines the presets of the services, and learns their outputs.
    pub(super) fn complete(
        &self,
        services: &mut Services,
        config: Option<Arc<Config>>,
        nix: &Nix,
    ) -> Result<()> {
        // Not every host of a fleet has some.
        if self.host.is_none() {
            refuse_none(services)?;
        }
        let config = self.define_presets(services, config)?;
        if services.source.is_nix() {
            self.warn_of_options(config.as_deref(), nix);
        }
        // A recorded graph has no store; the services recorded with it have the data.
        if self.graph.is_none() {
            nix::learn_outputs(nix, services, self.source.is_recorded())
        } else {
            services.refuse_contradictions()
        }
    }

    fn recorded(&self, file: &Path, nix: &Nix) -> Result<Services> {
        nix.progress().step("reading services");
        let remedy = "`confinix services` exports a services file; --file evaluates a Nix file";
        let mut services = read_file(file, Kind::Services, remedy, Services::read)?;
        self.selection.apply(&mut services)?;
        Ok(services)
    }

    fn of_units(
        &self,
        directories: &[PathBuf],
        config: Option<&Config>,
        nix: &Nix,
    ) -> Result<Services> {
        let none = BTreeMap::new();
        let units = Units {
            directories,
            include: &self.include,
            presets: &self.presets,
            options: config.map_or(&none, |config| &config.services),
        };
        let selection = if self.selection.is_empty() && !self.all {
            let enabled: Vec<_> = units.enabled().map(ToString::to_string).collect();
            if enabled.is_empty() {
                bail!(Unclear(
                    "unit files don't tell which services to confine: select some with --select or --all, or set `enable = true` in [services.NAME] of a confinix.toml"
                        .into()
                ));
            }
            &Selection::new(&enabled)?
        } else {
            &self.selection
        };
        nix.progress().step("reading units");
        let dir = StoreDir::parse("/nix/store")?;
        let (mut services, warnings) = units.services(selection, &dir)?;
        for warning in warnings {
            nix.progress().warn(&format!("warning: {warning}"));
        }
        self.selection.check(&services, || units.names())?;
        services.manager = self.manager;
        Ok(services)
    }

    /// Nix has its own place for the options of a service. Only the user knows which of the two is meant.
    fn warn_of_options(&self, config: Option<&Config>, nix: &Nix) {
        // Services that don't need the file ignore errors in it; an audit refuses it.
        let nearest = match config {
            Some(_) => None,
            None => nearest().ok().flatten(),
        };
        let Some(config) = config.or(nearest.as_deref()) else {
            return;
        };
        if let Some((name, options)) = config.services.first_key_value() {
            nix.progress().warn(&format!(
                "warning: {}: [services] is for services that are read with --units, and has no effect on services from Nix: set systemd.services.{}.confinement instead",
                options.place,
                nix_attr(name.stem())
            ));
        }
    }

    /// The services that an evaluated configuration confines by name, and those that it leaves unconfined with a reason.
    pub(super) fn configured(
        &self,
        progress: &Progress,
    ) -> Result<(BTreeSet<UnitName>, BTreeMap<UnitName, Unconfined>)> {
        if self.source.is_recorded() {
            return Ok(<_>::default());
        }
        let request = Self {
            all: false,
            ..self.clone()
        };
        let services = request.evaluated(&self.nix(progress))?;
        let by_name = services.services.into_iter();
        let by_name = by_name.filter(|(_, service)| !service.confinement.by_default);
        let enabled = by_name.map(|(name, _)| name).collect();
        Ok((enabled, services.unconfined))
    }

    fn evaluated(&self, nix: &Nix) -> Result<Services> {
        match self.answer(nix, false)? {
            Evaluated::Services(services) => Ok(*services),
            Evaluated::Hosts(names) => bail!(Unclear(several_hosts(&names))),
            Evaluated::Bundle(_) => bail!("nix returned a bundle, which was not asked for"),
        }
    }

    /// The answer of the evaluation; with `bundles`, the bundle of a configuration that makes one itself.
    pub(super) fn answer(&self, nix: &Nix, bundles: bool) -> Result<Evaluated> {
        let evaluation = nix::Evaluation {
            bundles,
            ..self.evaluation()?
        };
        if self.host.is_none() {
            nix.progress()
                .step(&format!("evaluating {}", evaluation.describe()));
        }
        let answer = nix::evaluate(nix, &evaluation, &self.selection)?;
        if let (Evaluated::Services(services), None) = (&answer, &self.host) {
            // The evaluation tells no other names.
            self.selection.check(services, || Ok(BTreeSet::new()))?;
        }
        Ok(answer)
    }

    /// The value that is evaluated.
    pub(super) fn evaluation(&self) -> Result<nix::Evaluation> {
        let mut evaluation = nix::Evaluation {
            host: self.host.clone(),
            hosts: if self.hosts.globs.is_empty() {
                AsHosts::ByShape
            } else {
                AsHosts::Always
            },
            all: self.all,
            manager: self.manager,
            include: self.include.clone(),
            presets: self.presets.clone(),
            units: self.units,
            ..nix::Evaluation::default()
        };
        match &self.source {
            Source::Flake {
                reference,
                override_inputs,
                impure,
            } => {
                if reference.is_none() && !is_in_flake() {
                    bail!(
                        "no flake.nix in this directory or above: name a flake, or use --file services.nix"
                    );
                }
                evaluation.installable.clone_from(reference);
                evaluation.override_inputs.clone_from(override_inputs);
                evaluation.impure = *impure;
            }
            Source::File { file, attribute } => {
                evaluation.installable.clone_from(attribute);
                evaluation.file = Some(file.clone());
            }
            Source::Expression {
                expression,
                attribute,
                impure,
            } => {
                evaluation.installable.clone_from(attribute);
                evaluation.expr = Some(expression.clone());
                evaluation.impure = *impure;
            }
            Source::Recording(_) | Source::Attributes(_) | Source::Units(_) => {}
        }
        Ok(evaluation)
    }
}

/// Whether the working directory is in a flake. Nix also searches the directories above.
pub fn is_in_flake() -> bool {
    let Ok(here) = std::env::current_dir() else {
        return true;
    };
    here.ancestors().any(|dir| dir.join("flake.nix").exists())
}

/// How many hosts an error names.
const MAX_NAMED: usize = 10;

/// What an error says about a set of hosts where one is needed.
fn several_hosts(names: &[String]) -> String {
    let shown: Vec<_> = names
        .iter()
        .take(MAX_NAMED)
        .map(|name| nix_attr(name))
        .collect();
    let more = if names.len() > MAX_NAMED { ", …" } else { "" };
    format!(
        "this is a set of hosts, of which this command takes one: add its name to the attribute path ({}{more})",
        shown.join(", ")
    )
}

fn refuse_none(services: &Services) -> Result<()> {
    if services.services.is_empty() {
        bail!(
            "there is no service to confine: set systemd.services.<name>.confinement.enable, or select some with --select or --all"
        );
    }
    Ok(())
}
