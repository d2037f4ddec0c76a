//! `confinix services`

use anyhow::Result;
use clap::Args;

use super::source::SourceArgs;
use super::{Outcome, print};
use crate::progress::Progress;
use crate::text::Document;

/// Export the evaluated services as JSON
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
        print(Document::json(&services)?)?;
        Ok(Outcome::Yes)
    }
}
