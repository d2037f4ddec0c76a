//! `confinix verify`

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;

use super::{Outcome, say};
use crate::bundle::{self, Bundle, Difference};
use crate::nix::{self, Nix, Options, differing_paths};
use crate::output::human::count;
use crate::progress::Progress;
use crate::text::{Text, text};

/// Check a bundle for changes and for missing store paths
///
/// Makes closures, drop-ins, units and images again from the services and paths in bundle.json, and compares them byte for
/// byte. Also checks the seal, the set of files, and their permissions. Without --offline, asks the store whether every path is
/// valid and has the NAR hash in the bundle. Exits 1 on a difference.
#[derive(Args)]
#[command(after_help = "\
Examples:
  confinix verify confinix-bundle
  confinix verify --offline confinix-bundle           the files alone, without nix
  confinix verify --store ssh-ng://web confinix-bundle")]
pub struct Verify {
    /// The bundle
    dir: PathBuf,
    /// Don't query the store
    #[arg(long)]
    offline: bool,
    /// The store to query, in nix's syntax
    #[arg(long, value_name = "URL", conflicts_with = "offline")]
    store: Option<String>,
}

impl Verify {
    pub fn run(&self, progress: &Progress) -> Result<Outcome> {
        let bundle = match bundle::read_unchecked(&self.dir) {
            Ok(bundle) => bundle,
            Err(error) => {
                let Some(is_broken) = bundle::is_spoiled(&self.dir) else {
                    return Err(error);
                };
                let mut lines = Text::own("");
                if is_broken {
                    lines.push(text!("{}\n", Difference::Seal.to_string()));
                }
                let problem = Difference::data("", format!("{error:#}"));
                lines.push(text!("{}\n", problem.to_string()));
                say(lines)?;
                return Ok(Outcome::No);
            }
        };
        if !self.offline && !nix::is_installed() {
            bail!(
                "cannot query the store: nix is not on PATH: install Nix (https://nixos.org/download), or check only the files with --offline"
            );
        }
        let mut differences = Vec::new();
        if !self.offline {
            progress.step(&format!(
                "querying the store for {}",
                count(bundle.paths.len(), "path")
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
        let mut differences = differing_paths(&nix, &expected, &bundle.store_dir)?;
        let files = nix::local_files(nix.options(), &bundle.store_dir);
        let objects = bundle::differing_objects(bundle, &*files)?;
        differences.extend(objects.iter().map(ToString::to_string));
        Ok(differences)
    }
}
