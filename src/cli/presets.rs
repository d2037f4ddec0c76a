//! `confinix presets`

use anyhow::Result;
use clap::Args;

use super::{Outcome, print};
use crate::output::{human, markdown};

/// List the presets: what each shows a service of the host, and what that means
#[derive(Args)]
#[command(after_help = "\
Example:
  confinix bundle -s nginx --preset dns --preset tls")]
pub struct Presets {
    /// Print a table in Markdown
    #[arg(long)]
    markdown: bool,
}

impl Presets {
    pub fn run(&self) -> Result<Outcome> {
        print(&if self.markdown {
            markdown::presets()
        } else {
            human::presets()
        })?;
        Ok(Outcome::Yes)
    }
}
