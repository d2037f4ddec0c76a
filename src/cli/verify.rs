//! `confinix verify`

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;

use super::{Outcome, say};
use crate::bundle::{self, Bundle, Difference, read};
use crate::nix::{self, Nix, Options, differing_paths};
use crate::output::human::count;
use crate::progress::Progress;
use crate::text::text;

/// Check a bundle for changes and for missing store paths
///
/// The seal of bundle.json and the digests of the drop-ins are computed again; unless --offline, the store is asked whether every
/// path is valid with the NAR hash that the bundle knows. A difference is exit code 1.
#[derive(Args)]
#[command(after_help = "\
Examples:
  confinix verify confinix-bundle
  confinix verify --offline confinix-bundle           the files alone, without nix
  confinix verify --store ssh-ng://web confinix-bundle")]
pub struct Verify {
    /// The bundle
    dir: PathBuf,
    /// Don't ask the store
    #[arg(long)]
    offline: bool,
    /// The store to ask, as nix takes it
    #[arg(long, value_name = "URL", conflicts_with = "offline")]
    store: Option<String>,
}

impl Verify {
    pub fn run(&self, progress: &Progress) -> Result<Outcome> {
        let bundle = match read(&self.dir) {
            Err(error) if bundle::was_changed(&self.dir) => {
                say(text!(
                    "{}: {}\n",
                    Difference::Seal.to_string(),
                    format!("{error:#}")
                ))?;
                return Ok(Outcome::No);
            }
            read => read?,
        };
        if !self.offline && !nix::is_installed() {
            bail!(
                "could not ask the store: nix is not on PATH: install Nix (https://nixos.org/download), or check the files alone with --offline"
            );
        }
        let mut differences = Vec::new();
        if !self.offline {
            progress.step(&format!(
                "asking the store for {} paths",
                bundle.paths.len()
            ));
            differences = self.ask_store(&bundle, progress)?;
        }
        progress.step("checking files");
        let changed = bundle::verify(&self.dir, &bundle)?;
        differences.extend(changed.iter().map(ToString::to_string));
        progress.done();
        if differences.is_empty() {
            let of_store = if self.offline {
                String::new()
            } else {
                format!(", {} valid in the store", count(bundle.paths.len(), "path"))
            };
            say(text!(
                "{}: {} unchanged{}\n",
                self.dir.display(),
                count(bundle.files().count() + 1, "file"),
                of_store
            ))?;
            return Ok(Outcome::Yes);
        }
        let lines = differences
            .iter()
            .map(|difference| text!("{}\n", difference));
        say(lines.collect())?;
        Ok(Outcome::No)
    }

    fn ask_store(&self, bundle: &Bundle, progress: &Progress) -> Result<Vec<String>> {
        let options = Options {
            store: self.store.clone(),
            ..Options::default()
        };
        let nix = Nix::new(options, progress);
        let expected = bundle
            .paths
            .iter()
            .map(|(path, info)| (path.clone(), info.nar_hash))
            .collect();
        differing_paths(&nix, &expected, &bundle.store_dir)
    }
}
