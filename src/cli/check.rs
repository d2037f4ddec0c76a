//! `confinix check`

use anyhow::{Result, bail};
use clap::Args;

use super::audit::{Delivery, deliver_report, targets};
use super::measure::MeasureArgs;
use super::source::SourceOptions;
use super::{Outcome, Usage};
use crate::code::Code;
use crate::progress::Progress;

/// Say whether services will start inside, before they are deployed
///
/// Reads the commands, scripts, binaries and libraries of each closure from the store, and says what will not be there: commands,
/// interpreters, libraries, what scripts call, directories. What surely fails is denied, what may fail is a warning; a service
/// without either is expected to start. `confinix audit` finds the same, and more.
#[derive(Args)]
#[command(after_help = "\
Examples:
  confinix check confinix-bundle
  confinix check .#nixosConfigurations.web
  confinix check -f services.nix --format json
The exit code is 1 where something will fail. `confinix explain CODE` says more of a finding.")]
pub struct Check {
    /// Bundles, or anything that `confinix bundle` takes
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    #[command(flatten)]
    measure: MeasureArgs,
    #[command(flatten)]
    delivery: Delivery,
    #[command(flatten, next_help_heading = "Where the services come from")]
    source: SourceOptions,
}

impl Check {
    pub fn run(&self, progress: &Progress) -> Result<Outcome> {
        if self.measure.no_foresight {
            bail!(Usage(
                "foresight is all that is checked: leave --no-foresight out".into()
            ));
        }
        let measure = self.measure.read()?;
        self.measure
            .refuse_codes(Code::is_foresight, "on check, which does not look for it")?;
        let source = self.source.with_config(self.measure.named_config(&measure));
        let targets = targets(&self.targets, &source, progress)?;
        progress.step("looking at what services will find");
        let mut report =
            measure.audit_without_exposure(&targets, self.measure.read_baseline()?.as_ref())?;
        report
            .findings
            .retain(|finding| finding.code.is_foresight());
        deliver_report(&report, &targets, &measure, &self.delivery)
    }
}
