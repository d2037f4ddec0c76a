//! `confinix report`

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::loaded::load;
use super::measure::{AuditArgs, MeasureArgs};
use super::source::SourceOptions;
use super::{Outcome, file_name, print_of};
use crate::config::Place;
use crate::document::write_whole;
use crate::output::human::Style;
use crate::output::{Audited, Format, Page, Render};
use crate::progress::Progress;
use crate::surface::Surfaces;
use crate::text::text;

/// Write an HTML page about services: what each sees and through which option, its size, what services share, and all findings
///
/// The page is one HTML file that needs no network. Its tables work without JavaScript; with JavaScript they can be sorted and
/// filtered, and the page shows why a store path is in a closure. Findings don't change the exit code.
#[derive(Args)]
#[command(after_help = "\
Examples:
  confinix report confinix-bundle                    ./report.html
  confinix report .#nixosConfigurations.web -o web.html
  confinix report result --title \"web, $(date -I)\"")]
pub struct Report {
    /// A bundle, or anything that `confinix bundle` takes [default: the flake in this directory]
    target: Option<String>,
    /// The file to write
    #[arg(short, long, value_name = "FILE", default_value = "report.html")]
    output: PathBuf,
    /// The title of the page, such as a host and a date [default: confinix report]
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    #[command(flatten)]
    measure: MeasureArgs,
    #[command(flatten)]
    judged: AuditArgs,
    #[command(flatten, next_help_heading = "Source of the services")]
    source: SourceOptions,
}

impl Report {
    pub fn run(&self, progress: &Progress) -> Result<Outcome> {
        let output = file_name(&self.output)?;
        let measure = self.measure.read_with(&self.judged)?;
        let source = self.source.with_config(self.measure.named_config(&measure));
        let target = load(self.target.as_deref(), &source, progress)?;
        progress.step("auditing");
        let targets = [target];
        let baseline = self.measure.read_baseline()?;
        let report = measure.audit(&targets, baseline.as_ref(), progress)?;
        let audited = Audited {
            report: &report,
            policy: measure.config.policy.file.as_deref(),
            places: &BTreeMap::new(),
            anywhere: &Place::start("flake.nix"),
            hosts: 1,
            failed: &[],
            is_unfolded: false,
        };
        let [target] = &targets;
        progress.step(&format!("writing {}", self.output.display()));
        let look = || Surfaces::look(&target.bundle, &*target.files);
        let surfaces = measure.looks_at_files().then(look).transpose()?;
        let page = Page {
            bundle: &target.bundle,
            audited: &audited,
            surfaces: surfaces.as_ref(),
            title: self.title.as_deref(),
        };
        write_whole(output, page.render(Format::Html, Style::PLAIN)?)?;
        let total = crate::output::human::audit::total(&audited);
        print_of(output, text!("{}: {}\n", output.display(), total))?;
        Ok(Outcome::Yes)
    }
}
