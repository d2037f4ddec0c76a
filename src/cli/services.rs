//! `confinix services`

use anyhow::Result;
use clap::Args;

use super::Outcome;
use super::format::print_as;
use super::source::SourceArgs;
use crate::output::Format;
use crate::progress::Progress;

/// Export the evaluated services as JSON
///
/// Exports the confined services, and with --select or --all also others.
#[derive(Args)]
#[command(after_help = "\
Example:
  confinix services .#nixosConfigurations.web > services.json
  confinix bundle --services services.json")]
pub struct Services {
    #[command(flatten)]
    source: SourceArgs,
}

impl Services {
    pub fn run(&self, progress: &Progress) -> Result<Outcome> {
        let services = self.source.services(progress)?;
        progress.done();
        print_as(Format::Json, &services)?;
        Ok(Outcome::Yes)
    }
}
