//! `confinix show`

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;

use super::fleet::FleetArgs;
use super::format::{Printing, print_as};
use super::loaded::{Wanted, find_service, load_fleet};
use super::source::SourceOptions;
use super::{Outcome, Usage};
use crate::output::{Contents, FleetContents};
use crate::progress::Progress;
use crate::rehearse::Records;
use crate::service::{HostName, UnitName};
use crate::source::Loaded;
use crate::surface::Surfaces;

/// Show services: their closures, sizes and settings
///
/// Without SERVICE, lists all services. OWN is the size of the store paths that no other service of the list sees, SHARED the size of
/// the rest.
#[derive(Args)]
#[command(
    override_usage = "confinix show [OPTIONS] [TARGET] [SERVICE]",
    after_help = "\
Examples:
  confinix show confinix-bundle             every service with the size of its closure
  confinix show confinix-bundle nginx       its closure roots, its settings, its paths by size
  confinix show confinix-bundle -s 'php*'   some of the services
  confinix show -f services.nix nginx
  confinix show .#nixosConfigurations       every host with the sizes of its closures
  confinix show bundles web1:nginx          a service of one of several hosts
  confinix show confinix-bundle nginx --rehearsal record.json
  confinix show --surface confinix-bundle   files, executables, interpreters and code
  confinix show --json confinix-bundle      the same for scripts"
)]
pub struct Show {
    /// A bundle, or anything that `confinix bundle` takes [default: the flake in this directory]; omitted with --file, --expr,
    /// --services or --units
    #[arg(value_name = "TARGET")]
    first: Option<String>,
    /// One service, with or without .service; with several hosts, HOST:SERVICE
    #[arg(value_name = "SERVICE")]
    second: Option<String>,
    /// Show what `confinix rehearse` or `confinix observe` recorded about services in this file; may be repeated
    #[arg(long, value_name = "FILE")]
    rehearsal: Vec<PathBuf>,
    /// Count what is in the closures: files, executables, interpreters, set-id and writable files, bytes of code
    ///
    /// Reads the files of the store paths on this machine.
    #[arg(long)]
    surface: bool,
    #[command(flatten)]
    printing: Printing<Contents<'static>>,
    #[command(flatten, next_help_heading = "Hosts of a fleet")]
    fleet: FleetArgs,
    #[command(flatten, next_help_heading = "Source of the services")]
    source: SourceOptions,
}

impl Show {
    pub fn run(&self, progress: &Progress) -> Result<Outcome> {
        let (target, service) = match (&self.first, &self.second) {
            (Some(service), None) if self.source.are_enough() => (None, Some(service)),
            (target, service) => (target.as_deref(), service.as_ref()),
        };
        if service.is_some() {
            self.source.refuse_selection("show")?;
        }
        let fleet = load_fleet(&[target], &self.source, &self.fleet, progress)?;
        let (loaded, service) = match (fleet.hosts.as_slice(), service) {
            ([loaded], service) if loaded.host.is_none() => {
                let find = |service: &String| find_service(&loaded.bundle, &loaded.name, service);
                (loaded, service.map(find).transpose()?)
            }
            (hosts, Some(service)) => {
                let (loaded, name) = only(hosts, service)?;
                (loaded, Some(name.clone()))
            }
            (hosts, None) => {
                self.refuse_details()?;
                let shown = FleetContents {
                    hosts,
                    failed: &fleet.failed,
                };
                print_as(self.printing.format(), &shown)?;
                return Ok(self.fleet.outcome(&fleet.failed, Outcome::Yes));
            }
        };
        let Loaded { bundle, files, .. } = loaded;
        let records = Records::read(&self.rehearsal)?;
        let is_shown = |name: &UnitName| match &service {
            Some(service) => service == name,
            None => bundle.services.contains_key(name),
        };
        if let Some(file) = records.without(is_shown) {
            bail!(Usage(format!(
                "--rehearsal {} has no effect: the record has nothing about what is shown: drop it, or name another",
                file.display()
            )));
        }
        let look = || Surfaces::look(bundle, &**files);
        let surfaces = self.surface.then(look).transpose()?;
        let shown = Contents {
            bundle,
            records: &records,
            surfaces: surfaces.as_ref(),
            service: service.as_ref(),
        };
        print_as(self.printing.format(), &shown)?;
        Ok(self.fleet.outcome(&fleet.failed, Outcome::Yes))
    }

    /// Refuses what the list of hosts does not show.
    fn refuse_details(&self) -> Result<()> {
        for (option, is_given) in [
            ("--surface", self.surface),
            ("--rehearsal", !self.rehearsal.is_empty()),
        ] {
            if is_given {
                bail!(Usage(format!(
                    "{option} has no effect on a list of hosts: name a service, as HOST:SERVICE"
                )));
            }
        }
        Ok(())
    }
}

/// The service of a fleet that is named.
fn only<'f>(hosts: &'f [Loaded], service: &str) -> Result<(&'f Loaded, &'f UnitName)> {
    let found = Wanted::parse(service)?.of(hosts);
    match found.as_slice() {
        [only] => Ok(*only),
        [] => bail!("no host has a service {service}"),
        [(first, name), ..] => bail!(Usage(format!(
            "{} services match {service}: name one, such as {}:{}",
            found.len(),
            first.host.as_ref().map_or(&*first.name, HostName::as_str),
            name.stem()
        ))),
    }
}
