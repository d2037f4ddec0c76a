//! `confinix migrate`

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::Args;

use super::documents::{Wishes, deliver};
use super::loaded::{refuse_idle, refuse_target};
use super::rehearse::StageArgs;
use super::source::SourceOptions;
use super::{Outcome, Usage, file_name};
use crate::config::{Config, nearest_config, parse_config};
use crate::document::{is_stream, write_whole};
use crate::exposure::SystemdAnalyze;
use crate::guest;
use crate::migrate::{Excepts, Form, Migration, Task, Written, migrate, without_blocks};
use crate::progress::Progress;
use crate::service::Selection;
use crate::source::{Configuration, Request, Source};
use crate::text::Document;

/// Write the configuration that confines every service it can, each line with its reason
///
/// Takes every service that runs a program of the store, finds the changes with which it works confined (from what `confinix check` finds,
/// or with --rehearse from running it), and writes them to one file to review: a NixOS module, or confinix.toml for services of --units.
/// The file also lists the services that stay out, each with the reason. Run it again after an update: blocks that people edited stay as they
/// are.
#[derive(Args)]
#[command(after_help = "\
Examples:
  confinix migrate .#nixosConfigurations.web -o confined.nix
  sudo confinix migrate .#nixosConfigurations.web -o confined.nix --rehearse
  confinix migrate -f services.nix --only 'php*' --except cups='drivers come from anywhere'
  confinix migrate --units /etc/systemd/system
  confinix migrate .#nixosConfigurations.web -o confined.nix --check     in CI
Exits 0 when the file is written, or needs no change; with --check, 1 if it needs one.")]
pub struct Migrate {
    /// A bundle, a built NixOS system, or anything that `confinix bundle` takes [default: the flake in this directory]
    #[arg(value_name = "TARGET")]
    target: Option<String>,
    /// The file to write [default: confined.nix; with --units, the --preset-file, or the confinix.toml in this directory or the nearest
    /// one above]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Migrate only these services, and keep the blocks of others; a name or a glob, may be repeated
    #[arg(long, value_name = "GLOB")]
    only: Vec<String>,
    /// Leave this service out, for this reason; may be repeated
    #[arg(long, value_name = "NAME=REASON")]
    except: Vec<String>,
    /// Run the services in throwaway containers, as `confinix rehearse` does, to find what they need. Needs root
    #[arg(long)]
    rehearse: bool,
    /// Add to each line where its reason was found
    #[arg(long)]
    evidence: bool,
    /// Write nothing; exit 1 if the file would change
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    wishes: Wishes<Migration>,
    #[command(flatten, next_help_heading = "Rehearsal (--rehearse)")]
    stage: StageArgs,
    #[command(flatten, next_help_heading = "Source of the services")]
    source: SourceOptions,
}

impl Migrate {
    pub fn run(&self, progress: &Progress) -> Result<Outcome> {
        let usage = |error: anyhow::Error| Usage(format!("{error:#}"));
        let only = Selection::new(&self.only).map_err(usage)?;
        let excepts = Excepts::parse(&self.except).map_err(usage)?;
        self.refuse_idle_options()?;
        if self.rehearse {
            guest::check()?;
        }
        let mut request = self.request()?;
        let file = self.file(&request)?;
        let form = if matches!(request.source, Source::Units(_)) || is_named(&file, "toml") {
            Form::Toml
        } else {
            Form::Nix
        };
        if form == Form::Toml && is_named(&file, "nix") {
            refuse_form(&file, Form::Nix, form)?;
        }
        let before = Written::read(&file, form)?;
        if form == Form::Nix && before.is_some() {
            let parsed = request.parse_nix(&file, progress);
            let remedy = || {
                let file = file.display();
                format!("{file} was edited into something that is no Nix expression: correct it")
            };
            parsed.with_context(remedy)?;
        }
        let config = match form {
            Form::Nix => Arc::new(nearest_config()?.unwrap_or_default()),
            Form::Toml => own_config(&file, before.as_ref().map(|(text, _)| text.as_str()))?,
        };
        if form == Form::Toml {
            request.configuration = Configuration::Read(config.clone());
        }
        let gathered = request.gathered(self.target.as_deref(), progress)?;
        refuse_form(&file, form, Form::of(gathered.services.source))?;
        let options = self.rehearse.then(|| {
            let store = &gathered.services.store_dir;
            let mut options = self.stage.options(self.target.as_deref(), store, None);
            options.selection = only.clone();
            options.is_for_config = form == Form::Toml;
            options
        });
        let task = Task {
            request: &request,
            gathered: &gathered,
            config: &config,
            only: &only,
            excepts: &excepts,
            rehearsal: options.as_ref(),
            has_evidence: self.evidence,
            gauge: &SystemdAnalyze,
            progress,
        };
        let migration = migrate(&task, &file, before.as_ref())?;
        progress.done();
        if form == Form::Toml {
            let text = &migration.text;
            parse_config(&file.display().to_string(), text)
                .context("cannot write what would not be read back")?;
        }
        if migration.is_changed && !self.check {
            write_whole(file_name(&file)?, Document::own(migration.text.clone()))?;
        }
        deliver(&self.wishes.all(), None, &migration)?;
        Ok(if migration.is_changed && self.check {
            Outcome::No
        } else {
            Outcome::Yes
        })
    }

    fn refuse_idle_options(&self) -> Result<()> {
        if let Some(option) = self.stage.given().filter(|_| !self.rehearse) {
            bail!(Usage(format!(
                "{option} has no effect without --rehearse: add that, or drop {option}"
            )));
        }
        self.source.refuse_choice("migrate", "--only")
    }

    /// The request for every service.
    fn request(&self) -> Result<Request> {
        let target = self.target.as_deref();
        refuse_idle(&[target], &self.source)?;
        refuse_target(target, &self.source)?;
        Ok(Request {
            all: true,
            ..self.source.request(None)?
        })
    }

    /// The file to write.
    fn file(&self, request: &Request) -> Result<PathBuf> {
        let is_units = matches!(request.source, Source::Units(_));
        let file = match (&self.output, &request.configuration) {
            (Some(file), Configuration::File(other)) if is_units && file != other => {
                bail!(Usage(format!(
                    "-o {} and --preset-file {} are two files for the options of the same services: name one of them",
                    file.display(),
                    other.display()
                )))
            }
            (Some(file), _) => file.clone(),
            (None, configuration) if is_units => configuration.file()?,
            (None, _) => "confined.nix".into(),
        };
        file_name(&file)?;
        if is_stream(&file) {
            bail!(Usage(format!(
                "{} is not a regular file, which a later run could read: name one with -o",
                file.display()
            )));
        }
        Ok(file)
    }
}

fn is_named(file: &Path, extension: &str) -> bool {
    file.extension().is_some_and(|found| found == extension)
}

/// The configuration in a file without what an earlier migration wrote there. What people made of that has to be right too.
fn own_config(file: &Path, text: Option<&str>) -> Result<Arc<Config>> {
    let name = file.display().to_string();
    let text = text.unwrap_or_default();
    parse_config(&name, text)?;
    Ok(Arc::new(parse_config(&name, &without_blocks(text))?))
}

/// Refuses a file in another language than that in which the services are configured.
fn refuse_form(file: &Path, form: Form, needed: Form) -> Result<()> {
    if form == needed {
        return Ok(());
    }
    let file = file.display();
    bail!(Usage(match needed {
        Form::Nix => format!(
            "{file}: confinix.toml has options only of services that are configured by unit files; these are configured in Nix: name a file that ends in .nix with -o"
        ),
        Form::Toml => format!(
            "{file}: these services are configured by unit files, whose options are in a confinix.toml: name one with -o"
        ),
    }))
}
