//! `confinix report`

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::audit::targets;
use super::fleet::FleetArgs;
use super::measure::{AuditArgs, MeasureArgs};
use super::source::SourceOptions;
use super::{Outcome, file_name, print_of};
use crate::config::Place;
use crate::document::write_whole;
use crate::output::human::Style;
use crate::output::{About, Audited, FleetPage, Format, Page, Render};
use crate::progress::Progress;
use crate::source::Loaded;
use crate::surface::Surfaces;
use crate::text::text;

/// Write an HTML page about services: findings and their fixes, what each service sees and why, and what services share
///
/// The page is one HTML file that needs no network. Its tables work without JavaScript; with JavaScript they can be sorted and
/// filtered, and the page shows why a store path is in a closure. It has no date unless you give one with --today, so the same
/// services always have the same page. Findings don't change the exit code.
///
/// The page of several hosts shows which services of which hosts see a package, each cause of findings once, and a table of hosts and
/// services.
#[derive(Args)]
#[command(after_help = "\
Examples:
  confinix report confinix-bundle                    ./report.html
  confinix report .#nixosConfigurations.web -o web.html
  confinix report .#nixosConfigurations -o fleet.html    of every host
  confinix report result --title \"web in Oslo\" --today \"$(date -I)\"")]
pub struct Report {
    /// Bundles, directories of bundles, or anything that `confinix bundle` takes [default: the flake in this directory]
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// The file to write
    #[arg(short, long, value_name = "FILE", default_value = "report.html")]
    output: PathBuf,
    /// The title of the page [default: the host, if the target tells it: .#nixosConfigurations.web, .#web, or a flake with one system]
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    #[command(flatten)]
    measure: MeasureArgs,
    #[command(flatten)]
    judged: AuditArgs,
    #[command(flatten, next_help_heading = "Hosts of a fleet")]
    fleet: FleetArgs,
    #[command(flatten, next_help_heading = "Source of the services")]
    source: SourceOptions,
}

impl Report {
    pub fn run(&self, progress: &Progress) -> Result<Outcome> {
        let output = file_name(&self.output)?;
        let measure = self.measure.read_with(&self.judged)?;
        let source = self.source.with_config(self.measure.named_config(&measure));
        let loaded = targets(&self.targets, &source, &self.fleet, progress)?;
        progress.step("auditing");
        let baseline = self.measure.read_baseline()?;
        let report = measure.audit(&loaded.hosts, baseline.as_ref(), progress)?;
        let audited = Audited {
            report: &report,
            policy: measure.config.policy.file.as_deref(),
            places: &BTreeMap::new(),
            anywhere: &Place::start("flake.nix"),
            hosts: loaded.hosts.len(),
            failed: &loaded.failed,
            is_unfolded: false,
        };
        progress.step(&format!("writing {}", self.output.display()));
        let date = self.measure.given_date();
        let about = |host| About {
            title: self.title.as_deref(),
            host,
            date,
        };
        let page = match loaded.hosts.as_slice() {
            [target] if target.host.is_none() => {
                let host = target.named_host();
                let look = || Surfaces::look(&target.bundle, &*target.files);
                let surfaces = measure.looks_at_files().then(look).transpose()?;
                let page = Page {
                    bundle: &target.bundle,
                    audited: &audited,
                    surfaces: surfaces.as_ref(),
                    about: about(host.as_ref()),
                };
                page.render(Format::Html, Style::PLAIN)?
            }
            hosts => {
                let page = FleetPage {
                    hosts: hosts.iter().filter_map(Loaded::of_host).collect(),
                    audited: &audited,
                    about: about(None),
                };
                page.render(Format::Html, Style::PLAIN)?
            }
        };
        write_whole(output, page)?;
        let total = crate::output::human::audit::total(&audited);
        print_of(output, text!("{}: {}\n", output.display(), total))?;
        Ok(self.fleet.outcome(&loaded.failed, Outcome::Yes))
    }
}
