//! `confinix completions` and `confinix man`: for those who package confinix.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, Outcome, print};
use crate::text::Document;

/// Print the completions of a shell
#[derive(Args)]
pub struct Completions {
    /// Which
    shell: Shell,
}

impl Completions {
    pub fn run(&self) -> Result<Outcome> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "confinix", &mut text);
        print(Document::own(String::from_utf8(text)?))?;
        Ok(Outcome::Yes)
    }
}

/// Write a manual page for confinix and one for each subcommand
#[derive(Args)]
pub struct Man {
    /// Where to; created if it does not exist
    dir: PathBuf,
}

impl Man {
    pub fn run(&self) -> Result<Outcome> {
        fs::create_dir_all(&self.dir)
            .with_context(|| format!("cannot create {}", self.dir.display()))?;
        let confinix = Cli::command().disable_help_subcommand(true);
        clap_mangen::generate_to(confinix, &self.dir)
            .with_context(|| format!("cannot write to {}", self.dir.display()))?;
        Ok(Outcome::Yes)
    }
}
