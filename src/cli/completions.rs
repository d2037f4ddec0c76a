//! `confinix completions` and `confinix man`, for packagers of confinix.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, Command, CommandFactory};
use clap_complete::Shell;

use super::{Cli, Outcome, completing, print};
use crate::document::write_whole;
use crate::text::Document;

/// Print completions for a shell
///
/// The completions run confinix to complete targets, presets, codes, and the services and packages of the bundle on the command line.
#[derive(Args)]
#[command(after_help = "\
Examples:
  source <(confinix completions bash)                                        in ~/.bashrc
  source <(confinix completions zsh)                                         in ~/.zshrc, after compinit
  confinix completions fish > ~/.config/fish/completions/confinix.fish")]
pub struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub fn run(&self) -> Result<Outcome> {
        let mut text = Vec::new();
        let shell = self.shell.to_string();
        let completer = completing::SHELLS.completer(&shell).map(|shell| {
            shell.write_registration(
                completing::VARIABLE,
                "confinix",
                "confinix",
                "confinix",
                &mut text,
            )
        });
        completer.with_context(|| format!("there are no completions for {shell}"))??;
        print(Document::own(String::from_utf8(text)?))?;
        Ok(Outcome::Yes)
    }
}

/// Write a manual page for confinix and one for each subcommand
#[derive(Args)]
pub struct Man {
    /// The directory; created if it does not exist
    dir: PathBuf,
}

impl Man {
    pub fn run(&self) -> Result<Outcome> {
        fs::create_dir_all(&self.dir).with_context(|| {
            format!(
                "cannot create {} (name another directory)",
                self.dir.display()
            )
        })?;
        let confinix = Cli::command().disable_help_subcommand(true);
        let mut confinix = confinix;
        confinix.build();
        self.write(confinix)?;
        Ok(Outcome::Yes)
    }

    /// Writes the page of a command, after those of its subcommands.
    fn write(&self, command: Command) -> Result<()> {
        for below in command
            .get_subcommands()
            .filter(|command| !command.is_hide_set())
        {
            self.write(below.clone())?;
        }
        let page = clap_mangen::Man::new(command);
        let mut text = Vec::new();
        page.render(&mut text)?;
        write_whole(
            &self.dir.join(page.get_filename()),
            Document::own(String::from_utf8(text)?),
        )
    }
}
