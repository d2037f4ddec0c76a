//! `confinix show`

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;

use super::format::{Printing, print_as};
use super::loaded::find_service;
use super::{Outcome, Usage};
use crate::bundle::read_sealed;
use crate::nix::{self, Options};
use crate::output::{Contents, Format};
use crate::rehearse::Records;
use crate::service::UnitName;
use crate::surface::Surfaces;

/// Show the content of a bundle
///
/// Without SERVICE, lists all services. OWN is the size of the store paths that no other service of the bundle sees, SHARED the
/// size of the rest.
#[derive(Args)]
#[command(after_help = "\
Examples:
  confinix show confinix-bundle             every service with the size of its closure
  confinix show confinix-bundle nginx       its closure roots, its settings, its paths by size
  confinix show confinix-bundle nginx --rehearsal record.json
  confinix show --surface confinix-bundle   files, executables, interpreters and code that each service sees
  confinix show --json confinix-bundle      the same for scripts")]
pub struct Show {
    /// The bundle
    dir: PathBuf,
    /// One service, with or without .service
    service: Option<String>,
    /// Show what was found out about services by `confinix rehearse` or `confinix observe`, from the record in this file; may be repeated
    #[arg(long, value_name = "FILE")]
    rehearsal: Vec<PathBuf>,
    /// Count what is in the closures: files, executables, interpreters, set-id and writable files, bytes of code
    ///
    /// Reads the files of the store paths on this machine, or in the local store that nix is configured to use.
    #[arg(long)]
    surface: bool,
    #[command(flatten)]
    printing: Printing<Contents<'static>>,
    /// Print JSON, as --format json does
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

impl Show {
    pub fn run(&self) -> Result<Outcome> {
        let bundle = read_sealed(&self.dir)?;
        let find = |name: &String| find_service(&bundle, "the bundle", name);
        let service = self.service.as_ref().map(find).transpose()?;
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
        let files = nix::local_files(&Options::default(), &bundle.store_dir);
        let look = || Surfaces::look(&bundle, &*files);
        let surfaces = self.surface.then(look).transpose()?;
        let shown = Contents {
            bundle: &bundle,
            records: &records,
            surfaces: surfaces.as_ref(),
            service: service.as_ref(),
        };
        let json = self.json.then_some(Format::Json);
        print_as(self.printing.format(json), &shown)?;
        Ok(Outcome::Yes)
    }
}
