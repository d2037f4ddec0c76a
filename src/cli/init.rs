//! `confinix init`

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;

use super::{Outcome, say};
use crate::audit::POLICY_FILE;
use crate::text::text;

const POLICY: &str = include_str!("init.toml");

/// Write a policy to begin with: confinix.toml, with every key explained in comments
#[derive(Args)]
#[command(after_help = "\
Examples:
  confinix init                       ./confinix.toml
  confinix init -o hosts/policy.toml")]
pub struct Init {
    /// The file to write, which must not exist yet
    #[arg(short, long, value_name = "FILE", default_value = POLICY_FILE)]
    output: PathBuf,
}

impl Init {
    pub fn run(&self) -> Result<Outcome> {
        let file = self.output.display();
        match OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&self.output)
        {
            Ok(mut new) => new
                .write_all(POLICY.as_bytes())
                .with_context(|| format!("could not write {file}"))?,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                bail!("{file} already exists and is left as it is (-o FILE writes another)")
            }
            Err(error) => return Err(error).with_context(|| format!("could not write {file}")),
        }
        say(text!(
            "{}: a policy that allows everything; edit it, then run `confinix audit TARGET`\n",
            file
        ))?;
        Ok(Outcome::Yes)
    }
}
