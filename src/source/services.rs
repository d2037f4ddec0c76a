//! Services, from wherever they are.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::files::read_file;
use super::shipped::merge_shipped_units;
use super::units::Units;
use super::{Request, Source, Unclear};
use crate::document::Kind;
use crate::nix::{self, Nix};
use crate::service::Services;
use crate::store::{Graph, LocalFiles, StoreDir, StoreFiles};

/// What the attributes of a derivation hold.
pub struct Read<'a> {
    pub services: Services,
    pub graph: Graph,
    pub files: Box<dyn StoreFiles + 'a>,
}

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
            graph,
            files,
        })
    }

    /// The services that are taken, with their presets defined.
    pub(super) fn taken(&self, nix: &Nix) -> Result<Services> {
        let mut services = match &self.source {
            Source::Recording(file) | Source::Attributes(file) => self.recorded(file, nix)?,
            Source::Units(directories) => self.of_units(directories, nix)?,
            Source::Flake { .. } | Source::File { .. } | Source::Expression { .. } => {
                self.evaluated(nix)?
            }
        };
        refuse_none(&services)?;
        self.define_presets(&mut services)?;
        // A recorded graph goes without a store; the services that were recorded with it know.
        if self.graph.is_none() {
            nix::learn_outputs(nix, &mut services, self.source.is_recorded())?;
        }
        Ok(services)
    }

    fn recorded(&self, file: &Path, nix: &Nix) -> Result<Services> {
        nix.progress().step("reading services");
        let remedy = "`confinix services` prints one";
        let mut services = read_file(file, Kind::Services, remedy, Services::read)?;
        self.selection.apply(&mut services)?;
        Ok(services)
    }

    fn of_units(&self, directories: &[PathBuf], nix: &Nix) -> Result<Services> {
        if self.selection.is_empty() && !self.all {
            bail!(Unclear(
                "units don't say which services to confine: take some with --select, or --all"
                    .into()
            ));
        }
        nix.progress().step("reading units");
        let units = Units {
            directories,
            include: &self.include,
            presets: &self.presets,
        };
        let dir = StoreDir::parse("/nix/store")?;
        let (services, warnings) = units.services(&self.selection, &dir)?;
        for warning in warnings {
            nix.progress().warn(&format!("warning: {warning}"));
        }
        self.selection.check(&services)?;
        Ok(services)
    }

    fn evaluated(&self, nix: &Nix) -> Result<Services> {
        let mut evaluation = nix::Evaluation {
            all: self.all,
            include: self.include.clone(),
            presets: self.presets.clone(),
            ..nix::Evaluation::default()
        };
        match &self.source {
            Source::Flake {
                reference,
                override_inputs,
                impure,
            } => {
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
        nix.progress()
            .step(&format!("evaluating {}", evaluation.describe()));
        let services = nix::evaluate(nix, &evaluation, &self.selection)?;
        self.selection.check(&services)?;
        Ok(services)
    }
}

fn refuse_none(services: &Services) -> Result<()> {
    if services.services.is_empty() {
        bail!(
            "there is no service to confine: set systemd.services.<name>.confinement.enable, or take some with --select or --all"
        );
    }
    Ok(())
}
