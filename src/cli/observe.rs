//! `confinix observe`

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;

use super::duration::duration;
use super::format::{Printing, print_as};
use super::loaded::{find_service, load, service_name};
use super::source::SourceOptions;
use super::{Outcome, Usage, file_name};
use crate::bundle::Bundle;
use crate::deployed::{Deployed, Stop};
use crate::document::{Prepared, write_whole};
use crate::interrupt;
use crate::progress::Progress;
use crate::rehearse::Record;
use crate::service::UnitName;
use crate::source::{Loaded, System};
use crate::text::Document;

/// Record what a deployed service opens and executes in its closure
///
/// Watches the view of a running service (strategy image), and changes nothing. The service needs a view of its own (`confinement.observe =
/// true`), or the record would contain what other services open. Restart the service during the observation to record its start too. The
/// record lacks files that the service opened before and keeps open, symlinks that it follows, stat(2), and calls that fail. Ctrl-C ends
/// the observation and writes the record. Needs root.
#[derive(Args)]
#[command(after_help = "\
Examples:
  confinix observe /run/current-system nginx --for 1h -o record.json
  confinix observe confinix-bundle nginx                 until Ctrl-C
  confinix show confinix-bundle nginx --rehearsal record.json
A record of an observation is no rehearsal: `confinix audit --require-rehearsal` does not accept it.")]
pub struct Observe {
    /// The bundle or the NixOS system that is deployed, or anything that `confinix bundle` takes
    #[arg(value_name = "TARGET")]
    target: String,
    /// The service, with or without .service; for a template, one of its instances
    #[arg(value_name = "SERVICE")]
    service: String,
    /// How long to observe: seconds (30s), minutes (10m) or hours (1h) [default: until Ctrl-C]
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    limit: Option<Duration>,
    /// Write the record to this file, as JSON
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    printing: Printing<Record>,
    #[command(flatten, next_help_heading = "Source of the services")]
    source: SourceOptions,
}

impl Observe {
    pub fn run(&self, progress: &Progress) -> Result<Outcome> {
        let system = System::at(Path::new(&self.target));
        let system = system.map(|system| system.bundle.to_string_lossy().into_owned());
        let target = system.as_deref().unwrap_or(&self.target);
        self.source.refuse_selection("observe")?;
        let Loaded { bundle, .. } = load(Some(target), &self.source, progress)?;
        bundle.refuse_user_services("observe")?;
        let (name, unit) = find(&bundle, &self.target, &self.service)?;
        let deployed = Deployed::find(&bundle, &name, &unit)?;
        if let Some(file) = &self.output {
            // The time would be lost if it could not be written at the end.
            let empty = Document::own(String::new());
            drop(Prepared::new(file_name(file)?, &empty)?);
        }
        let (stop, end) = Stop::new()?;
        interrupt::hand_over(move |_| end());
        progress.step(&match self.limit {
            Some(limit) => format!(
                "observing {unit} for {} s (Ctrl-C ends it)",
                limit.as_secs()
            ),
            None => format!("observing {unit} (Ctrl-C ends it)"),
        });
        let (observation, time) = deployed.observe(self.limit, &stop)?;
        progress.done();
        if observation.incomplete {
            progress.warn(
                "the record is incomplete: the view was mounted anew meanwhile, or more was opened than could be recorded",
            );
        }
        let service = &bundle.services[&name];
        let record = Record::observed(name, service, observation, time);
        if let Some(file) = &self.output {
            write_whole(file_name(file)?, Document::json(&record)?)?;
        }
        print_as(self.printing.format(), &record)?;
        Ok(Outcome::Yes)
    }
}

/// Finds a service in the bundle, and the unit that runs: an instance may be of a template in the bundle.
fn find(bundle: &Bundle, called: &str, service: &str) -> Result<(UnitName, UnitName)> {
    let unit = service_name(service)?;
    let name = find_service(bundle, called, service)?;
    if unit.is_template() {
        bail!(Usage(format!(
            "{name} is a template: name an instance that runs, such as {}@NAME",
            name.prefix()
        )));
    }
    Ok((name, unit))
}
