//! `confinix show`

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::loaded::find_service;
use super::{Outcome, print};
use crate::bundle::read_sealed;
use crate::output::{human, json};

/// Show what a bundle holds
#[derive(Args)]
#[command(after_help = "\
Examples:
  confinix show confinix-bundle             every service with the size of its closure
  confinix show confinix-bundle nginx       one service: its roots, its settings, its paths by size
  confinix show --json confinix-bundle      the same for scripts")]
pub struct Show {
    /// The bundle
    dir: PathBuf,
    /// One service, with or without .service
    service: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Show {
    pub fn run(&self) -> Result<Outcome> {
        let bundle = read_sealed(&self.dir)?;
        let text = match (&self.service, self.json) {
            (None, false) => human::overview(&bundle).into(),
            (None, true) => json::overview(&bundle)?,
            (Some(service), false) => {
                human::service(&bundle, &find_service(&bundle, "the bundle", service)?).into()
            }
            (Some(service), true) => {
                json::service(&bundle, &find_service(&bundle, "the bundle", service)?)?
            }
        };
        print(text)?;
        Ok(Outcome::Yes)
    }
}
