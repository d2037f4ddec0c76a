//! `confinix show`

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;

use super::{Outcome, print};
use crate::bundle::{self, read};
use crate::output::{human, json};
use crate::service::UnitName;

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
        let bundle = read(&self.dir)?;
        let text = match (&self.service, self.json) {
            (None, false) => human::overview(&bundle),
            (None, true) => json::overview(&bundle)?,
            (Some(service), false) => human::service(&bundle, &find(&bundle, service)?),
            (Some(service), true) => json::service(&bundle, &find(&bundle, service)?)?,
        };
        print(&text)?;
        Ok(Outcome::Yes)
    }
}

fn find(bundle: &bundle::Bundle, service: &str) -> Result<UnitName> {
    let full = if service.ends_with(".service") {
        service.to_owned()
    } else {
        format!("{service}.service")
    };
    let name = UnitName::parse(&full).context("could not look for the service")?;
    if !bundle.services.contains_key(&name) {
        let names: Vec<_> = bundle.services.keys().map(UnitName::stem).collect();
        bail!("the bundle has no {name}; there are {}", names.join(", "));
    }
    Ok(name)
}
