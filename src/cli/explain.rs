//! `confinix explain`

use anyhow::Result;
use clap::Args;

use super::format::{Printing, print_as};
use super::{Outcome, Usage, offered};
use crate::output::Explained;

/// Explain a finding code: what it finds, why it matters, how to fix and how to allow it
#[derive(Args)]
#[command(after_help = "\
Examples:
  confinix explain                    every code
  confinix explain denied-package     one of them")]
pub struct Explain {
    /// The code; without it, list all codes
    #[arg(value_parser = offered::code(), hide_possible_values = true)]
    code: Option<String>,
    #[command(flatten)]
    printing: Printing<Explained>,
}

impl Explain {
    pub fn run(&self) -> Result<Outcome> {
        let code = self.code.as_deref().map(str::parse).transpose();
        let code = code.map_err(|error| Usage(format!("{error:#}")))?;
        print_as(self.printing.format(), &Explained { code })?;
        Ok(Outcome::Yes)
    }
}
