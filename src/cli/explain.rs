//! `confinix explain`

use anyhow::Result;
use clap::Args;

use super::documents::style;
use super::{Outcome, Usage, print};
use crate::audit::rule;
use crate::code::Code;
use crate::output::human::audit::{codes, explain};

/// Explain a finding code: what it finds, why it matters, how to fix and how to allow it
#[derive(Args)]
#[command(after_help = "\
Examples:
  confinix explain                    every code
  confinix explain denied-package     one of them")]
pub struct Explain {
    /// The code; none: a list of all
    code: Option<String>,
}

impl Explain {
    pub fn run(&self) -> Result<Outcome> {
        let text = match &self.code {
            None => codes(),
            Some(code) => {
                let code: Code = (code.parse()).map_err(|error| Usage(format!("{error:#}")))?;
                explain(rule(code), style())
            }
        };
        print(text)?;
        Ok(Outcome::Yes)
    }
}
