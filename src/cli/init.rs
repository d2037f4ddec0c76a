//! `confinix init`

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;

use super::{Outcome, file_name, print_of};
use crate::config::CONFIG_FILE;
use crate::document::write_new;
use crate::text::{Document, text};

const POLICY: &str = include_str!("init.toml");

/// Write an initial policy, confinix.toml, with comments that explain every key
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
            bail!("{file} already exists and was not changed (use -o FILE for another file)");
        }
        let said = text!(
            "{}: a policy that adds no rules of its own; edit it, then run `confinix audit TARGET`\n",
            file
        );
        print_of(&self.output, said)?;
        Ok(Outcome::Yes)
    }
}
