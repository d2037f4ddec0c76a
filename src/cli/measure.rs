//! The criteria of an audit: options that audit, check and report share.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::Args;

use super::{Usage, offered};
use crate::audit::{
    Audit, Baseline, Date, Exposing, Report, Target, audit, recorded_exceptions, startable,
};
use crate::code::{Code, Level, Levels};
use crate::config::{Config, nearest_config, read_config};
use crate::exposure::{Gauge, SystemdAnalyze};
use crate::progress::Progress;
use crate::rehearse::{Records, Word};
use crate::service::UnitName;
use crate::source::Loaded;
use crate::systemd::ExposureLevel;

#[derive(Args)]
pub struct MeasureArgs {
    /// The policy [default: confinix.toml in this directory or the nearest one above]
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Don't look for a policy
    #[arg(long, conflicts_with = "policy")]
    no_policy: bool,
    /// Ignore findings that this file accepts, unless they have grown
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Take into account what `confinix rehearse --record` wrote to this file; may be repeated
    ///
    /// The record applies to services whose closure, drop-in and unit have not changed since. If a service started there, confinix leaves
    /// out its warnings about what may fail; if it failed there, confinix reports that.
    #[arg(long, value_name = "FILE")]
    rehearsal: Vec<PathBuf>,
    /// Ignore findings with this code
    #[arg(short = 'A', long, value_name = "CODE", value_parser = offered::code(), hide_possible_values = true)]
    allow: Vec<String>,
    /// Only warn about findings with this code
    #[arg(short = 'W', long, value_name = "CODE", value_parser = offered::code(), hide_possible_values = true)]
    warn: Vec<String>,
    /// Mark findings with this code as denied
    #[arg(short = 'D', long, value_name = "CODE", value_parser = offered::code(), hide_possible_values = true)]
    deny: Vec<String>,
    /// Evaluate the policy as of this date
    #[arg(long, value_name = "DATE", value_parser = Date::parse)]
    today: Option<Date>,
}

/// What audit and report find out, and check does not.
#[derive(Args)]
pub struct AuditArgs {
    /// Leave out what `confinix check` finds: what will not work in services' roots
    #[arg(long)]
    no_foresight: bool,
    /// Report services whose exposure level, by systemd-analyze, is above this one (0.0 to 10.0)
    ///
    /// The level is that of `systemd-analyze security --offline` for the unit and its drop-in together. It differs between
    /// versions of systemd. This limit applies to all services and overrides `max-exposure` in the policy.
    #[arg(long, value_name = "LEVEL")]
    exposure: Option<ExposureLevel>,
    /// Report services that have no --rehearsal record of their current state
    ///
    /// This applies to all services and overrides `require-rehearsal` in the policy.
    #[arg(long)]
    require_rehearsal: bool,
}

/// The criteria of an audit.
pub struct Measure {
    pub config: Arc<Config>,
    levels: Levels,
    foresight: bool,
    max_exposure: Option<ExposureLevel>,
    rehearsals: Records,
    requires_rehearsal: bool,
    today: Date,
}

impl MeasureArgs {
    /// Like [`Self::read`], with these options too.
    pub fn read_with(&self, options: &AuditArgs) -> Result<Measure> {
        if options.no_foresight {
            // What was rehearsed is reported all the same.
            let is_reported = |code: Code| !code.is_foresight() || code == Code::RehearsalFailed;
            self.refuse_codes(is_reported, "with --no-foresight")?;
        }
        Ok(Measure {
            foresight: !options.no_foresight,
            max_exposure: options.exposure,
            requires_rehearsal: options.require_rehearsal,
            ..self.read()?
        })
    }

    /// Reads the policy and what belongs to it, but not the baseline, which may be about to be written.
    pub fn read(&self) -> Result<Measure> {
        Ok(Measure {
            levels: self.levels()?,
            foresight: true,
            config: Arc::new(self.config()?),
            max_exposure: None,
            rehearsals: Records::read(&self.rehearsal)?,
            requires_rehearsal: false,
            today: match self.today {
                Some(today) => today,
                None => {
                    Date::today().context("cannot determine the date (set it with --today DATE)")?
                }
            },
        })
    }

    /// Returns the date that the user set.
    pub fn given_date(&self) -> Option<Date> {
        self.today
    }

    /// Refuses to set the level of codes that are not reported.
    pub fn refuse_codes(&self, is_looked_for: impl Fn(Code) -> bool, why: &str) -> Result<()> {
        let levels = [
            ("--allow", &self.allow),
            ("--warn", &self.warn),
            ("--deny", &self.deny),
        ];
        for (option, codes) in levels {
            let is_idle = |code: &&String| code.parse().is_ok_and(|code| !is_looked_for(code));
            if let Some(code) = codes.iter().find(is_idle) {
                bail!(Usage(format!(
                    "{option} {code} has no effect {why}: drop one of the two"
                )));
            }
        }
        Ok(())
    }

    /// Returns the configuration of `measure`, if the user named its file.
    pub fn named_config(&self, measure: &Measure) -> Option<Arc<Config>> {
        self.policy.as_ref().map(|_| measure.config.clone())
    }

    /// Reads the baseline, if one is given.
    pub fn read_baseline(&self) -> Result<Option<Baseline>> {
        self.baseline.as_deref().map(Baseline::read).transpose()
    }

    fn levels(&self) -> Result<Levels> {
        let mut levels = Levels::new();
        for (level, codes) in [
            (Level::Allow, &self.allow),
            (Level::Warn, &self.warn),
            (Level::Deny, &self.deny),
        ] {
            for code in codes {
                let code: Code = (code.parse()).map_err(|error| Usage(format!("{error:#}")))?;
                if let Some(other) = levels.insert(code, level)
                    && other != level
                {
                    return Err(Usage(format!("{code} can't be both {other} and {level}")).into());
                }
            }
        }
        Ok(levels)
    }

    fn config(&self) -> Result<Config> {
        if self.no_policy {
            return Ok(Config::default());
        }
        match &self.policy {
            Some(file) => read_config(file),
            None => Ok(nearest_config()?.unwrap_or_default()),
        }
    }
}

impl Measure {
    /// Whether the files of the store are looked at.
    pub fn looks_at_files(&self) -> bool {
        self.foresight
    }

    /// Audits the targets, and applies the baseline.
    pub fn audit(
        &self,
        targets: &[Loaded],
        baseline: Option<&Baseline>,
        progress: &Progress,
    ) -> Result<Report> {
        let startable: Vec<_> = targets
            .iter()
            .map(|target| self.startable(target, progress))
            .collect::<Result<_>>()?;
        self.audit_with(Some(&SystemdAnalyze), targets, &startable, baseline)
    }

    /// Audits the targets without measuring exposure, even if the policy limits it.
    pub fn audit_without_exposure(
        &self,
        targets: &[Loaded],
        baseline: Option<&Baseline>,
    ) -> Result<Report> {
        self.audit_with(None, targets, &[], baseline)
    }

    /// The services that a target excepts from confinement, and that start with it by a record.
    fn startable(&self, target: &Loaded, progress: &Progress) -> Result<BTreeMap<UnitName, Word>> {
        let names = recorded_exceptions(&target.bundle, &self.rehearsals);
        if names.is_empty() {
            return Ok(BTreeMap::new());
        }
        progress.step("looking at services that are excepted");
        match target.of_excepted(&names, progress) {
            Ok(Some(bundle)) => startable(&bundle, &*target.files, &self.rehearsals),
            Ok(None) => Ok(BTreeMap::new()),
            Err(error) => {
                progress.warn(&format!(
                    "warning: whether exceptions are still needed is not known: {error:#}"
                ));
                Ok(BTreeMap::new())
            }
        }
    }

    fn audit_with(
        &self,
        gauge: Option<&dyn Gauge>,
        targets: &[Loaded],
        startable: &[BTreeMap<UnitName, Word>],
        baseline: Option<&Baseline>,
    ) -> Result<Report> {
        let is_audited = |name: &UnitName| {
            let mut bundles = targets.iter().map(|target| &target.bundle);
            bundles.any(|bundle| {
                bundle.services.contains_key(name) || bundle.unconfined.contains_key(name)
            })
        };
        if let Some(file) = self.rehearsals.idle(is_audited) {
            bail!(Usage(format!(
                "--rehearsal {} has no effect: the record has no rehearsal of the services: drop it, or name another",
                file.display()
            )));
        }
        let task = Audit {
            targets: targets
                .iter()
                .enumerate()
                .map(|(index, target)| Target {
                    name: &target.name,
                    host: target.host.as_ref(),
                    bundle: &target.bundle,
                    files: self.foresight.then_some(&*target.files),
                    store: &*target.files,
                    startable: startable.get(index),
                })
                .collect(),
            policy: &self.config.policy,
            levels: self.levels.clone(),
            today: self.today,
            rehearsals: &self.rehearsals,
            requires_rehearsal: self.requires_rehearsal,
            exposing: gauge.map(|gauge| Exposing {
                limit: self.max_exposure,
                gauge,
            }),
        };
        let mut report = audit(&task)?;
        if let Some(baseline) = baseline {
            baseline.apply(&mut report, task.baseline_level());
        }
        Ok(report)
    }
}
