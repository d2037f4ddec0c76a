//! `confinix presets`

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::Outcome;
use super::format::{Printing, print_as};
use crate::config::{nearest_config, read_config};
use crate::output::{Format, OwnPresets, PresetList};

/// List the presets: which files of the host each makes visible to a service, and what it exposes
#[derive(Args)]
#[command(after_help = "\
Examples:
  confinix presets
  confinix presets --policy hosts/policy.toml
  confinix bundle -s nginx --preset dns --preset tls

Presets of a policy ([presets.NAME]) follow the built-in ones, with the file that defines them.")]
pub struct Presets {
    #[command(flatten)]
    printing: Printing<PresetList<'static>>,
    /// Print a table in Markdown, as --format markdown does
    #[arg(long, conflicts_with_all = ["format", "json"])]
    markdown: bool,
    /// Also list the presets of this policy [default: confinix.toml in this directory or the nearest one above]
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Don't look for a policy
    #[arg(long, conflicts_with = "policy")]
    no_policy: bool,
}

impl Presets {
    pub fn run(&self) -> Result<Outcome> {
        let config = match &self.policy {
            Some(file) => Some(read_config(file)?),
            None if self.no_policy => None,
            None => nearest_config()?,
        };
        let own = config.as_ref().and_then(|config| {
            Some(OwnPresets {
                file: config.file()?,
                presets: &config.presets,
            })
        });
        let format = if self.markdown {
            Format::Markdown
        } else {
            self.printing.format()
        };
        print_as(format, &PresetList { own })?;
        Ok(Outcome::Yes)
    }
}
