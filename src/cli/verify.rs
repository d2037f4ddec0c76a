//! `confinix verify`

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;

use super::Outcome;
use super::format::{Printing, print_as};
use crate::bundle::{self, Bundle, Difference};
use crate::nix::{self, Nix, Options, differing_paths};
use crate::output::Verified;
use crate::output::human::count;
use crate::progress::Progress;

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
    #[command(flatten)]
    printing: Printing<Verified>,
}

impl Verify {
    pub fn run(&self, progress: &Progress) -> Result<Outcome> {
        let bundle = match bundle::read_unchecked(&self.dir) {
            Ok(bundle) => bundle,
            Err(error) => {
                let Some(is_broken) = bundle::is_spoiled(&self.dir) else {
                    return Err(error);
                };
                let seal = is_broken.then_some(Difference::Seal);
                let problem = Difference::data("", format!("{error:#}"));
                let differences = seal.iter().chain([&problem]);
                let differences = differences.map(ToString::to_string).collect();
                return self.tell(None, None, differences);
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
        let paths = (!self.offline).then_some(bundle.paths.len());
        self.tell(Some(bundle.files().count() + 1), paths, differences)
    }

    fn tell(
        &self,
        files: Option<usize>,
        paths: Option<usize>,
        differences: Vec<String>,
    ) -> Result<Outcome> {
        let verified = Verified {
            bundle: self.dir.display().to_string(),
            files,
            paths,
            differences,
        };
        print_as(self.printing.format(), &verified)?;
        Ok(match verified.differences.as_slice() {
            [] => Outcome::Yes,
            _ => Outcome::No,
        })
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
