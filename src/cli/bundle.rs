//! `confinix bundle`

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;

use super::source::SourceArgs;
use super::{Outcome, Usage, print_of};
use crate::bundle::{check_place, write, write_output};
use crate::output::human;
use crate::progress::Progress;
use crate::text::text;

/// Make a bundle: drop-ins that confine services, and bundle.json, which describes what they see
#[derive(Args)]
#[command(after_help = "\
Examples:
  confinix bundle .#nixosConfigurations.web          every confined service of a NixOS system
  confinix bundle -f services.nix -o bundle          of a plain Nix file, into ./bundle
  confinix bundle -s nginx -s 'php*'                 as if these were confined
  confinix bundle --services s.json --graph g.json   from recordings, without nix")]
pub struct Bundle {
    #[command(flatten)]
    source: SourceArgs,
    /// The directory to write; an existing bundle is replaced
    #[arg(short, long, value_name = "DIR", default_value = "confinix-bundle")]
    output: PathBuf,
}

impl Bundle {
    pub fn run(&self, progress: &Progress) -> Result<Outcome> {
        if self.output.as_os_str().is_empty() {
            bail!(Usage("-o needs the name of a directory".into()));
        }
        if self.output == Path::new("-") {
            bail!(Usage(
                "a bundle is a directory, which can't be written to standard output: name one with -o (./- for one of that name)".into()
            ));
        }
        // Fail now rather than after long work.
        check_place(&self.output)?;
        let planned = self.source.make(progress)?;
        progress.step(&format!(
            "writing {} files to {}",
            planned.files.len() + 1,
            self.output.display()
        ));
        if self.source.is_builder() {
            write_output(&planned, &self.output)?;
        } else {
            write(&planned, &self.output)?;
        }
        for warning in &planned.warnings {
            progress.warn(warning);
        }
        progress.done();
        if !progress.is_quiet() {
            let place = self.output.display();
            let summary = human::summary(&planned.bundle);
            print_of(&self.output, text!("{}: {}\n", place, summary))?;
        }
        // The process ends here, and frees its memory faster as a whole than string by string.
        std::mem::forget(planned);
        Ok(Outcome::Yes)
    }
}
