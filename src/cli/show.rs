//! `confinix show`

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::Outcome;
use super::format::{Printing, print_as};
use super::loaded::find_service;
use crate::bundle::read_sealed;
use crate::output::{Contents, Format};

/// Show the content of a bundle
///
/// Without SERVICE, lists all services. OWN is the size of the store paths that no other service of the bundle sees, SHARED the
/// size of the rest.
#[derive(Args)]
#[command(after_help = "\
Examples:
  confinix show confinix-bundle             every service with the size of its closure
  confinix show confinix-bundle nginx       its closure roots, its settings, its paths by size
  confinix show --json confinix-bundle      the same for scripts")]
pub struct Show {
    /// The bundle
    dir: PathBuf,
    /// One service, with or without .service
    service: Option<String>,
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
        let shown = Contents {
            bundle: &bundle,
            service: service.as_ref(),
        };
        let json = self.json.then_some(Format::Json);
        print_as(self.printing.format(json), &shown)?;
        Ok(Outcome::Yes)
    }
}
