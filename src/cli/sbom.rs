//! `confinix sbom`

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use rayon::prelude::*;

use super::audit::targets;
use super::documents::{Wishes, deliver};
use super::fleet::FleetArgs;
use super::source::SourceOptions;
use super::{Outcome, Usage};
use crate::advisory::{self, Advisories};
use crate::progress::Progress;
use crate::sbom::{Bill, Components, Created, Host, Vex};

/// Write a bill of materials: services, the store paths that each sees, and which services advisories are about
///
/// Each store path in a closure is a component, with its NAR hash and package URL. Services depend on their closure roots, and store paths
/// on their references. The same services always have the same bill of materials: without --created, it contains no time.
///
/// With --vex, reads advisories and reports for each service whether it sees the component, and in which version. Exits 1 if a service sees
/// a version that an advisory calls affected. Patches of nixpkgs are not considered.
///
/// The bill of materials of several hosts also has the hosts, and each component once.
#[derive(Args)]
#[command(after_help = "\
Examples:
  confinix sbom confinix-bundle                          CycloneDX
  confinix sbom .#nixosConfigurations.web --format spdx -o web.spdx.json
  confinix sbom confinix-bundle -s nginx                 of one service
  confinix sbom .#nixosConfigurations                    of every host
  confinix sbom confinix-bundle --vex CVE-2024-3094.json --format human
  confinix sbom confinix-bundle --vex advisories.json --format cyclonedx=bom.cdx.json --format human
  vulnix --json result > found.json; confinix sbom confinix-bundle --vex found.json --json")]
pub struct Sbom {
    /// Bundles, directories of bundles, or anything that `confinix bundle` takes [default: the flake in this directory]
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// Compare with the advisories in this file; may be repeated
    ///
    /// The file may be an advisory in OSV's schema or a list of them, an advisory in CSAF, or the output of `vulnix --json` or
    /// `grype -o json`.
    #[arg(long, value_name = "FILE")]
    vex: Vec<PathBuf>,
    /// Record this time of creation, in UTC: 2026-12-31T23:59:59Z
    #[arg(long, value_name = "TIME")]
    created: Option<Created>,
    #[command(flatten)]
    wishes: Wishes<Bill<'static>>,
    /// Write the bill of materials to this file, for a format without one
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten, next_help_heading = "Hosts of a fleet")]
    fleet: FleetArgs,
    #[command(flatten, next_help_heading = "Source of the services")]
    source: SourceOptions,
}

impl Sbom {
    pub fn run(&self, progress: &Progress) -> Result<Outcome> {
        let wishes = self.wishes.all();
        let shows = wishes.is_empty() || wishes.iter().any(|wish| wish.format.shows_advisories());
        if !self.vex.is_empty() && !shows {
            bail!(Usage(
                "--vex has no effect: SPDX 2.3 can't express what advisories say: add another format (--format cyclonedx=FILE)".into()
            ));
        }
        let mut advisories = Advisories::default();
        for file in &self.vex {
            advisory::read(file, &mut advisories)?;
        }
        let fleet = targets(&self.targets, &self.source, &self.fleet, progress)?;
        let about = fleet.abouts(progress)?;
        progress.step("writing the bill of materials");
        let (components, taken, contradicting) = Components::of(&fleet.hosts);
        FleetArgs::tell(&contradicting, progress);
        let mut failed = fleet.failed;
        failed.extend(contradicting);
        let hosts: Vec<_> = taken
            .into_par_iter()
            .map(Host::new)
            .collect::<Result<_>>()?;
        let vex = || Vex::new(&hosts, &components, &advisories);
        let bill = Bill {
            vex: (!self.vex.is_empty()).then(vex).transpose()?,
            hosts: &hosts,
            failed: &failed,
            components: &components,
            about: &about,
            created: self.created.clone(),
            is_unfolded: progress.is_verbose(),
        };
        deliver(&wishes, self.output.as_deref(), &bill)?;
        let is_affected = bill.vex.as_ref().is_some_and(Vex::affects_any);
        let outcome = if is_affected {
            Outcome::No
        } else {
            Outcome::Yes
        };
        Ok(self.fleet.outcome(&failed, outcome))
    }
}
