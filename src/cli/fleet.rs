//! Options about the hosts of a fleet, and what becomes of those that fail.

use std::num::NonZeroUsize;

use anyhow::{Result, bail};
use clap::Args;

use super::{EXIT_FAILED, Outcome, Usage};
use crate::progress::Progress;
use crate::service::HostGlob;
use crate::source::{FailedHost, Hosts, host_failed};
use crate::text::parse_bytes;

#[derive(Args, Clone, Default)]
pub struct FleetArgs {
    /// Use only the hosts whose names match this glob; may be repeated [default: all]
    ///
    /// The target is a set of hosts, such as .#nixosConfigurations or a file { web = …; db = …; }, or a directory of bundles.
    #[arg(long, value_name = "GLOB")]
    hosts: Vec<String>,
    /// Evaluate this many hosts at once [default: one for each processor, with 2 GiB each of --eval-memory]
    #[arg(long, value_name = "NUMBER")]
    eval_workers: Option<NonZeroUsize>,
    /// The memory that evaluations may use together, such as 6GiB [default: 75 % of the available memory]
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes)]
    eval_memory: Option<u64>,
    /// Ignore failed hosts in the exit code, instead of exiting with 3
    #[arg(long)]
    keep_going: bool,
}

impl FleetArgs {
    /// Returns the selection of hosts.
    pub fn hosts(&self) -> Result<Hosts> {
        let globs = self.hosts.iter().map(|glob| HostGlob::parse(glob));
        let globs: Result<_> = globs.collect();
        Ok(Hosts {
            globs: globs.map_err(|error| Usage(format!("{error:#}")))?,
            workers: self.eval_workers.map(NonZeroUsize::get),
            memory: self.eval_memory,
        })
    }

    /// Refuses limits of evaluations if nothing is evaluated.
    pub fn refuse_idle(&self, is_idle: bool) -> Result<()> {
        for (option, is_given) in [
            ("--eval-workers", self.eval_workers.is_some()),
            ("--eval-memory", self.eval_memory.is_some()),
        ] {
            if is_given && is_idle {
                bail!(Usage(format!(
                    "{option} has no effect, as nothing is evaluated: drop it"
                )));
            }
        }
        Ok(())
    }

    /// Refuses all of these options for what takes one host.
    pub fn refuse(&self, what: &str) -> Result<()> {
        let given = [
            ("--hosts", !self.hosts.is_empty()),
            ("--eval-workers", self.eval_workers.is_some()),
            ("--eval-memory", self.eval_memory.is_some()),
            ("--keep-going", self.keep_going),
        ];
        if let Some((option, _)) = given.into_iter().find(|(_, is_given)| *is_given) {
            bail!(Usage(format!("{option} has no effect on {what}: drop it")));
        }
        Ok(())
    }

    /// Prints which hosts failed, unless it was printed when they did.
    pub fn tell(failed: &[FailedHost], progress: &Progress) {
        for host in failed {
            host_failed(progress, &host.name, &host.error);
        }
    }

    /// Returns the outcome of a run in which these hosts failed, and the others had `outcome`.
    pub fn outcome(&self, failed: &[FailedHost], outcome: Outcome) -> Outcome {
        if failed.is_empty() || self.keep_going {
            outcome
        } else {
            Outcome::Of(EXIT_FAILED)
        }
    }

    /// Fails if every host failed: then there is nothing to report.
    pub fn refuse_none<T>(hosts: &[T], failed: &[FailedHost]) -> Result<()> {
        match failed.len() {
            _ if !hosts.is_empty() => Ok(()),
            1 => bail!("the only host failed"),
            all => bail!("all {all} hosts failed"),
        }
    }
}
