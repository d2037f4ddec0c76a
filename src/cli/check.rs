//! `confinix check`

use anyhow::Result;
use clap::Args;

use super::Outcome;
use super::audit::{Delivery, deliver_report, targets};
use super::fleet::FleetArgs;
use super::measure::MeasureArgs;
use super::source::SourceOptions;
use crate::code::Code;
use crate::progress::Progress;

/// Find out before deployment what will not work in the roots of services
///
/// Reads the commands, scripts, binaries and libraries of each closure from the store, and reports what will be missing:
/// commands, interpreters, libraries, what scripts call, directories. Certain failures are denied; possible failures are
/// warnings. No finding means that confinix found nothing, not that the
/// service starts. `confinix audit` includes these findings.
#[derive(Args)]
#[command(after_help = "\
Examples:
  confinix check confinix-bundle
  confinix check .#nixosConfigurations.web
  confinix check .#nixosConfigurations --keep-going
  confinix check -f services.nix --format json
Exits 1 if something will fail. `confinix explain CODE` explains a finding.")]
pub struct Check {
    /// Bundles, or anything that `confinix bundle` takes [default: the flake in this directory]
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    #[command(flatten)]
    measure: MeasureArgs,
    #[command(flatten)]
    delivery: Delivery,
    #[command(flatten, next_help_heading = "Hosts of a fleet")]
    fleet: FleetArgs,
    #[command(flatten, next_help_heading = "Source of the services")]
    source: SourceOptions,
}

impl Check {
    pub fn run(&self, progress: &Progress) -> Result<Outcome> {
        let measure = self.measure.read()?;
        self.measure
            .refuse_codes(Code::is_foresight, "on check, which does not report it")?;
        let source = self.source.with_config(self.measure.named_config(&measure));
        let loaded = targets(&self.targets, &source, &self.fleet, progress)?;
        progress.step("looking for what will not work");
        let mut report = measure
            .audit_without_exposure(&loaded.hosts, self.measure.read_baseline()?.as_ref())?;
        report
            .findings
            .retain(|finding| finding.code.is_foresight());
        let outcome = deliver_report(&report, &loaded, &measure, &self.delivery, progress)?;
        Ok(self.fleet.outcome(&loaded.failed, outcome))
    }
}
