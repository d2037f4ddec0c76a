//! `confinix paths`

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::loaded::find_service;
use super::{Outcome, say};
use crate::bundle::read_sealed;
use crate::text::text;

/// Print the store paths that a service sees, one per line
#[derive(Args)]
#[command(after_help = "\
Examples:
  confinix paths confinix-bundle nginx
  confinix paths confinix-bundle nginx | xargs nix copy --to ssh-ng://web")]
pub struct Paths {
    /// The bundle
    dir: PathBuf,
    /// The service, with or without .service
    service: String,
}

impl Paths {
    pub fn run(&self) -> Result<Outcome> {
        let bundle = read_sealed(&self.dir)?;
        let service = find_service(&bundle, "the bundle", &self.service)?;
        let closure = &bundle.services[&service].closure;
        let paths = bundle.closures[closure].paths.iter();
        say(paths.map(|path| text!("{}\n", path.as_str())).collect())?;
        Ok(Outcome::Yes)
    }
}
