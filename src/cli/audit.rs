//! `confinix audit`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

use super::documents::{Wishes, deliver};
use super::fleet::FleetArgs;
use super::loaded::load_fleet;
use super::measure::{AuditArgs, Measure, MeasureArgs};
use super::source::SourceOptions;
use super::{Outcome, file_name, print_of};
use crate::audit::{Report, is_baseline, render_baseline};
use crate::code::Level;
use crate::config::Place;
use crate::document::{self, Kind, write_whole};
use crate::output::Audited;
use crate::output::human;
use crate::progress::Progress;
use crate::source::{Fleet, Loaded};
use crate::text::text;

/// Audit services against the policy in confinix.toml and built-in rules before deployment
///
/// A finding has a code and a level (deny, warn or allow). Where confinix knows them, it also has the chain of references from
/// an option to the store path, a fix to paste, and an exception to paste. Exits 1 if something is denied, 3 if the audit failed.
#[derive(Args)]
#[command(after_help = "\
Examples:
  confinix audit confinix-bundle
  confinix audit .#nixosConfigurations.web -D shell-present
  confinix audit .#nixosConfigurations --hosts 'web*'  every host, or some
  confinix audit web-bundle db-bundle --policy policy.toml
  confinix audit bundle --baseline accepted.toml --update-baseline
  confinix audit bundle --baseline accepted.toml       only what is new since then
  confinix audit bundle --format human --format sarif=audit.sarif --format junit=audit.xml
  confinix audit bundle --format github --format markdown=\"$GITHUB_STEP_SUMMARY\"
`confinix explain` lists the codes, `confinix init` writes an initial policy.")]
pub struct Audit {
    /// Bundles, directories of bundles, or anything that `confinix bundle` takes [default: the flake in this directory]
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    #[command(flatten)]
    measure: MeasureArgs,
    #[command(flatten)]
    judged: AuditArgs,
    /// Accept all current findings about services by writing them to the --baseline file
    #[arg(long, requires = "baseline", conflicts_with_all = ["formats", "json", "output"])]
    update_baseline: bool,
    #[command(flatten)]
    delivery: Delivery,
    #[command(flatten, next_help_heading = "Hosts of a fleet")]
    fleet: FleetArgs,
    #[command(flatten, next_help_heading = "Source of the services")]
    source: SourceOptions,
}

/// How findings are reported.
#[derive(Args)]
pub struct Delivery {
    #[command(flatten)]
    wishes: Wishes<Audited<'static>>,
    /// Write the report to this file, for a format without one
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Audit {
    pub fn run(&self, progress: &Progress) -> Result<Outcome> {
        let measure = self.measure.read_with(&self.judged)?;
        let source = self.source.with_config(self.measure.named_config(&measure));
        let loaded = targets(&self.targets, &source, &self.fleet, progress)?;
        progress.step("auditing");
        let outcome = if let (Some(file), true) = (&self.measure.baseline, self.update_baseline) {
            update_baseline(file, &measure.audit(&loaded.hosts, None, progress)?)?
        } else {
            let baseline = self.measure.read_baseline()?;
            let report = measure.audit(&loaded.hosts, baseline.as_ref(), progress)?;
            deliver_report(&report, &loaded, &measure, &self.delivery, progress)?
        };
        Ok(self.fleet.outcome(&loaded.failed, outcome))
    }
}

/// Loads the bundles that the arguments name, or the one that the options describe.
pub fn targets(
    targets: &[String],
    source: &SourceOptions,
    fleet: &FleetArgs,
    progress: &Progress,
) -> Result<Fleet> {
    let mut targets: Vec<_> = targets.iter().map(|target| Some(target.as_str())).collect();
    if targets.is_empty() {
        targets.push(None);
    }
    load_fleet(&targets, source, fleet, progress)
}

/// Writes a report in the requested formats. The outcome is `No` if there are denied findings.
pub fn deliver_report(
    report: &Report,
    fleet: &Fleet,
    measure: &Measure,
    delivery: &Delivery,
    progress: &Progress,
) -> Result<Outcome> {
    let wishes = delivery.wishes.all();
    let places = if wishes.iter().any(|wish| wish.format.shows_places()) {
        fleet.hosts.iter().flat_map(Loaded::places).collect()
    } else {
        BTreeMap::new()
    };
    let audited = Audited {
        report,
        policy: measure.config.policy.file.as_deref(),
        places: &places,
        anywhere: &Place::start("flake.nix"),
        hosts: fleet.hosts.len(),
        failed: &fleet.failed,
        is_unfolded: progress.is_verbose(),
    };
    deliver(&wishes, delivery.output.as_deref(), &audited)?;
    Ok(if report.count(Level::Deny) > 0 {
        Outcome::No
    } else {
        Outcome::Yes
    })
}

/// Replaces a baseline, but refuses to replace any other file.
fn update_baseline(file: &Path, report: &Report) -> Result<Outcome> {
    match document::text(file, Kind::Baseline) {
        Ok(text) if !is_baseline(&text) => bail!(
            "{} was not changed: it is not a baseline written by confinix (name another file, or remove it)",
            file.display()
        ),
        Ok(_) => {}
        Err(error) if error.is_absent() => {}
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", file.display()));
        }
    }
    write_whole(file_name(file)?, render_baseline(report))?;
    let accepted = report
        .findings
        .iter()
        .filter(|finding| finding.service.is_some())
        .count();
    let count = human::count(accepted, "finding");
    print_of(file, text!("{}: {} accepted\n", file.display(), count))?;
    Ok(Outcome::Yes)
}
