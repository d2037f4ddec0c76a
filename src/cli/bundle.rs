//! `confinix bundle`

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

use super::fleet::FleetArgs;
use super::source::SourceArgs;
use super::{Outcome, Usage, print_of};
use crate::bundle::{Planned, check_place, write, write_output};
use crate::date::Date;
use crate::output::human;
use crate::progress::Progress;
use crate::rehearse::Records;
use crate::service::HostName;
use crate::source::{is_bundle_at, is_fleet_at};
use crate::text::text;

/// Make a bundle: drop-ins that confine services, and bundle.json, which describes what they see
#[derive(Args)]
#[command(after_help = "\
Examples:
  confinix bundle .#nixosConfigurations.web          every confined service of a NixOS system
  confinix bundle -f services.nix -o bundle          of a plain Nix file, into ./bundle
  confinix bundle .#nixosConfigurations -o bundles   of every host, into bundles/HOST
  confinix bundle -s nginx -s 'php*'                 as if these were confined
  confinix bundle --services s.json --graph g.json   from recordings, without nix")]
pub struct Bundle {
    #[command(flatten)]
    source: SourceArgs,
    /// Never hide the executables in this record, which `confinix rehearse --record` or `confinix observe` wrote; may be repeated
    #[arg(long, value_name = "FILE")]
    rehearsal: Vec<PathBuf>,
    /// Until this date, hide from every service the executables that no --rehearsal of its closure contains (strategy image)
    #[arg(long, value_name = "DATE", value_parser = Date::parse)]
    hide_unobserved: Option<Date>,
    #[command(flatten, next_help_heading = "Hosts of a fleet")]
    fleet: FleetArgs,
    /// The directory to write; an existing bundle is replaced. For a set of hosts, it gets a bundle for each host, by name
    #[arg(short, long, value_name = "DIR", default_value = "confinix-bundle")]
    output: PathBuf,
}

impl Bundle {
    pub fn run(&self, progress: &Progress) -> Result<Outcome> {
        if self.output.as_os_str().is_empty() {
            bail!(Usage("-o needs the name of a directory".into()));
        }
        if self.output == Path::new("-") {
            bail!(Usage(
                "a bundle is a directory, which can't be written to standard output: name one with -o (./- for one of that name)".into()
            ));
        }
        // Fail now rather than after long work.
        if !is_fleet_at(&self.output.to_string_lossy()) {
            check_place(&self.output)?;
        }
        let mut request = self.source.request(&self.fleet)?;
        request.hide.unobserved_until = self.hide_unobserved;
        request.hide.runs = Records::read(&self.rehearsal)?.runs();
        let rows = request
            .each(&[None], progress, |_, host, _, made| {
                let planned = made.planned()?;
                let place = self.place(host)?;
                self.write(&planned, &place, host, progress)?;
                let summary = human::summary(&planned.bundle);
                if host.is_none() {
                    // The process ends here, and frees its memory faster as a whole than string by string.
                    std::mem::forget(planned);
                }
                Ok((place, summary))
            })
            .map_err(|error| self.source.explained(error))?;
        let (mut written, mut failed) = (Vec::new(), Vec::new());
        for row in rows {
            match row.result() {
                Ok(Ok(bundle)) => written.push(bundle),
                Ok(Err(host)) => failed.push(host),
                Err(error) => return Err(self.source.explained(error)),
            }
        }
        progress.done();
        FleetArgs::tell(&failed, progress);
        FleetArgs::refuse_none(&written, &failed)?;
        if !progress.is_quiet() {
            for (place, summary) in &written {
                print_of(&self.output, text!("{}: {}\n", place.display(), summary))?;
            }
        }
        Ok(self.fleet.outcome(&failed, Outcome::Yes))
    }

    /// Returns where the bundle of a host is written. The directory of a fleet is made with the first.
    fn place(&self, host: Option<&HostName>) -> Result<PathBuf> {
        let Some(host) = host else {
            return Ok(self.output.clone());
        };
        let fleet = &self.output;
        if is_bundle_at(&fleet.to_string_lossy()) {
            bail!(
                "{} was not changed: it is the bundle of one host (choose another directory with -o)",
                fleet.display()
            );
        }
        match fs::create_dir(fleet) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                Err(error).with_context(|| format!("cannot create {}", fleet.display()))
            }
            _ => Ok(fleet.join(host.as_str())),
        }
    }

    fn write(
        &self,
        planned: &Planned,
        place: &Path,
        host: Option<&HostName>,
        progress: &Progress,
    ) -> Result<()> {
        if host.is_none() {
            progress.step(&format!(
                "writing {} files to {}",
                planned.files.len() + 1,
                place.display()
            ));
        }
        if self.source.is_builder() {
            write_output(planned, place)?;
        } else {
            write(planned, place)?;
        }
        for warning in &planned.warnings {
            match host {
                Some(host) => progress.warn(&format!("{host}: {warning}")),
                None => progress.warn(warning),
            }
        }
        Ok(())
    }
}
