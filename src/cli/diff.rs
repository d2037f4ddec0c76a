//! `confinix diff`

use anyhow::{Result, bail};
use clap::Args;

use super::format::{Printing, print_as};
use super::loaded::load_all;
use super::source::SourceOptions;
use super::{Outcome, Usage};
use crate::diff::{Compare, diff};
use crate::output::{Compared, Format};
use crate::progress::Progress;
use crate::source::Loaded;
use crate::surface::Surfaces;

/// Compare two bundles: services, the packages they see, their settings, and which services restart because of which path
///
/// A service restarts if its commands, its settings or its drop-in change. Packages with the same version but another store
/// path are only counted, unless --rebuilds is given.
#[derive(Args)]
#[command(
    override_usage = "confinix diff [OPTIONS] <OLD> <NEW>",
    after_help = "\
Examples:
  confinix diff old-bundle new-bundle
  confinix diff result .#nixosConfigurations.web     what changes since the bundle that nix built?
  confinix diff old-bundle -f services.nix --rebuilds
  confinix diff --exit-code --format markdown old new >> summary.md"
)]
pub struct Diff {
    /// A bundle, or anything that `confinix bundle` takes
    old: String,
    /// The bundle to compare with; omitted with --file, --expr, --services or --units
    new: Option<String>,
    #[command(flatten)]
    printing: Printing<Compared<'static>>,
    /// Also list packages that were only rebuilt
    #[arg(long)]
    rebuilds: bool,
    /// Also compare what is in the closures: files, executables, interpreters, set-id and writable files, bytes of code
    #[arg(long)]
    surface: bool,
    /// Exit with 1 if there is a difference
    #[arg(long)]
    exit_code: bool,
    #[command(flatten, next_help_heading = "Source of the services")]
    source: SourceOptions,
}

impl Diff {
    pub fn run(&self, progress: &Progress) -> Result<Outcome> {
        if self.new.is_none() && !self.source.are_enough() {
            bail!(Usage(
                "diff takes two targets (omit the second with --file, --expr, --services or --units); see `confinix diff --help`".into()
            ));
        }
        let format = self.printing.format();
        if self.rebuilds && format == Format::Json {
            bail!(Usage(
                "--rebuilds has no effect with --format json, which always lists them: drop it"
                    .into()
            ));
        }
        let targets = [Some(self.old.as_str()), self.new.as_deref()];
        let loaded = load_all(&targets, &self.source, progress)?;
        progress.step("comparing");
        let (before, after) = if self.surface {
            (Some(look(&loaded[0])?), Some(look(&loaded[1])?))
        } else {
            (None, None)
        };
        let side = |index: usize, surfaces| Compare {
            bundle: &loaded[index].bundle,
            surfaces,
        };
        let found = diff(side(0, before.as_ref()), side(1, after.as_ref()));
        let compared = Compared {
            diff: &found,
            rebuilds: self.rebuilds,
        };
        print_as(format, &compared)?;
        Ok(if self.exit_code && !found.is_empty() {
            Outcome::No
        } else {
            Outcome::Yes
        })
    }
}

fn look(loaded: &Loaded) -> Result<Surfaces<'_>> {
    Surfaces::look(&loaded.bundle, &*loaded.files)
}
