//! `confinix services`

use anyhow::Result;
use clap::Args;

use super::source::SourceArgs;
use super::{Outcome, print};
use crate::progress::Progress;

/// Print the services value that a bundle would be made from, for --services
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
        let mut json = serde_json::to_string_pretty(&services)?;
        json.push('\n');
        print(&json)?;
        Ok(Outcome::Yes)
    }
}
