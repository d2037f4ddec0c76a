//! `confinix init`

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;

use super::{Outcome, file_name, print_of};
use crate::config::CONFIG_FILE;
use crate::document::write_new;
use crate::text::{Document, text};

const POLICY: &str = include_str!("init.toml");

/// Write a policy to begin with: confinix.toml, with every key explained in comments
#[derive(Args)]
#[command(after_help = "\
Examples:
  confinix init                       ./confinix.toml
  confinix init -o hosts/policy.toml")]
pub struct Init {
    /// The file to write, which must not exist yet
    #[arg(short, long, value_name = "FILE", default_value = CONFIG_FILE)]
    output: PathBuf,
}

impl Init {
    pub fn run(&self) -> Result<Outcome> {
        let file = self.output.display();
        if !write_new(file_name(&self.output)?, Document::own(POLICY.to_owned()))? {
            bail!("{file} already exists and is left as it is (-o FILE writes another)");
        }
        let said = text!(
            "{}: a policy that allows everything; edit it, then run `confinix audit TARGET`\n",
            file
        );
        print_of(&self.output, said)?;
        Ok(Outcome::Yes)
    }
}
