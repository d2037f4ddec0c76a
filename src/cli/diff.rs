//! `confinix diff`

use anyhow::{Result, bail};
use clap::Args;

use super::format::{Printing, print_as};
use super::loaded::load_all;
use super::source::SourceOptions;
use super::{Outcome, Usage};
use crate::diff::diff;
use crate::output::{Compared, Format};
use crate::progress::Progress;

/// Show what changes between two bundles: services, the packages they see, their settings, and what restarts because of which path
///
/// A service is said to restart where its commands, its settings or its drop-in change. Packages with the same version and another
/// store path are only counted, unless --rebuilds.
#[derive(Args)]
#[command(
    override_usage = "confinix diff [OPTIONS] <OLD> <NEW>",
    after_help = "\
Examples:
  confinix diff old-bundle new-bundle
  confinix diff /run/current-bundle .#nixosConfigurations.web     what would a deployment do?
  confinix diff old-bundle -f services.nix --rebuilds
  confinix diff --exit-code --format markdown old new >> summary.md"
)]
pub struct Diff {
    /// A bundle, or anything that `confinix bundle` takes
    old: String,
    /// Another; left out with --file, --expr or --services
    new: Option<String>,
    #[command(flatten)]
    printing: Printing<Compared<'static>>,
    /// Name the packages that were only rebuilt too
    #[arg(long)]
    rebuilds: bool,
    /// End with 1 where there is a difference
    #[arg(long)]
    exit_code: bool,
    #[command(flatten, next_help_heading = "Where the services come from")]
    source: SourceOptions,
}

impl Diff {
    pub fn run(&self, progress: &Progress) -> Result<Outcome> {
        if self.new.is_none() && !self.source.are_enough() {
            bail!(Usage(
                "diff takes two targets (the second is left out with --file, --expr or --services); see `confinix diff --help`".into()
            ));
        }
        let format = self.printing.format(None);
        if self.rebuilds && format == Format::Json {
            bail!(Usage(
                "--rebuilds has no effect with --format json, which names what was rebuilt anyway: drop it".into()
            ));
        }
        let targets = [Some(self.old.as_str()), self.new.as_deref()];
        let loaded = load_all(&targets, &self.source, progress)?;
        progress.step("comparing");
        let found = diff(&loaded[0].bundle, &loaded[1].bundle);
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
