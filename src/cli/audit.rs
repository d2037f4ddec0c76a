//! `confinix audit`

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

use super::documents::{Format, Wish, deliver, write_whole};
use super::loaded::Loaded;
use super::source::SourceOptions;
use super::{Outcome, Usage, print};
use crate::audit::{
    Audit as Task, Baseline, Date, Level, Levels, POLICY_FILE, Place, Policy, Report, audit,
    is_baseline, read_policy, render_baseline, rule,
};
use crate::output::audit::Audited;
use crate::output::{github, human, json, junit, markdown, sarif};
use crate::progress::Progress;

/// Say what is wrong with services before they are deployed, by the policy in confinix.toml and by rules of confinix's own
///
/// A finding has a code, a level (deny, warn or allow), the shortest way from an option to the store path it is about, and the
/// line to paste that mends it. Where something is denied, the exit code is 1; where the audit could not be made, it is 3.
#[derive(Args)]
#[command(after_help = "\
Examples:
  confinix audit confinix-bundle
  confinix audit .#nixosConfigurations.web -D shell-present
  confinix audit web-bundle db-bundle --policy policy.toml
  confinix audit bundle --baseline accepted.toml --update-baseline
  confinix audit bundle --baseline accepted.toml       only what is new since then
  confinix audit bundle --format human --format sarif=audit.sarif --format junit=audit.xml
  confinix audit bundle --format github --format markdown=\"$GITHUB_STEP_SUMMARY\"
`confinix explain` lists the codes, `confinix init` writes a policy to begin with.")]
pub struct Audit {
    /// Bundles, or anything that `confinix bundle` takes
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// The policy [default: confinix.toml in this directory or the nearest one above]
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Don't look for a policy
    #[arg(long, conflicts_with = "policy")]
    no_policy: bool,
    /// Leave out what this file accepts, unless it has grown
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Accept everything that is found of services, by writing it to the file that --baseline names
    #[arg(long, requires = "baseline", conflicts_with_all = ["formats", "output"])]
    update_baseline: bool,
    /// Leave findings with this code out
    #[arg(short = 'A', long, value_name = "CODE")]
    allow: Vec<String>,
    /// Only warn of findings with this code
    #[arg(short = 'W', long, value_name = "CODE")]
    warn: Vec<String>,
    /// Let findings with this code fail the audit
    #[arg(short = 'D', long, value_name = "CODE")]
    deny: Vec<String>,
    /// How to report, and where to; may be given several times [default: human]
    ///
    /// human, for people; json, for scripts; sarif, which code hosts show; github, for its workflows; markdown, for summaries and
    /// reviews; junit, for CI servers. One of them may go without a file to standard output.
    #[arg(long = "format", value_name = "FORMAT[=FILE]")]
    formats: Vec<Wish>,
    /// Write the report to this file, for a format without one
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Ask the policy for this day instead of today
    #[arg(long, value_name = "DATE", value_parser = Date::parse)]
    today: Option<Date>,
    #[command(flatten, next_help_heading = "Where the services come from")]
    source: SourceOptions,
}

impl Audit {
    pub fn run(&self, progress: &Progress) -> Result<Outcome> {
        let levels = self.levels()?;
        let policy = self.policy()?;
        let today = match self.today {
            Some(today) => today,
            None => {
                Date::today().context("could not tell what day it is (--today DATE says it)")?
            }
        };
        let targets = self.targets(progress)?;
        progress.step("auditing");
        let task = Task {
            targets: targets
                .iter()
                .map(|target| (target.name.as_str(), &target.bundle))
                .collect(),
            policy: &policy,
            levels,
            today,
        };
        let mut report = audit(&task)?;
        if let Some(file) = &self.baseline {
            if self.update_baseline {
                return update_baseline(file, &report);
            }
            let level = task.baseline_level();
            Baseline::read(file)?.apply(&mut report, level);
        }
        let places = if self.show_places() {
            targets.iter().flat_map(Loaded::places).collect()
        } else {
            BTreeMap::new()
        };
        let audited = Audited {
            report: &report,
            policy: policy.file.as_deref(),
            places: &places,
            anywhere: &Place::start("flake.nix"),
        };
        deliver(&self.formats, self.output.as_deref(), |format, style| {
            Ok(match format {
                Format::Human => human::audit::audit(&audited, style),
                Format::Json => json::audit(&audited)?,
                Format::Sarif => sarif::audit(&audited)?,
                Format::Github => github::audit(&audited),
                Format::Markdown => markdown::audit(&audited),
                Format::Junit => junit::audit(&audited),
            })
        })?;
        Ok(if report.count(Level::Deny) > 0 {
            Outcome::No
        } else {
            Outcome::Yes
        })
    }

    /// Whether a format is asked for in which every finding has a place.
    fn show_places(&self) -> bool {
        self.formats
            .iter()
            .any(|wish| matches!(wish.format, Format::Sarif | Format::Github))
    }

    fn levels(&self) -> Result<Levels> {
        let mut levels = Levels::new();
        for (level, codes) in [
            (Level::Allow, &self.allow),
            (Level::Warn, &self.warn),
            (Level::Deny, &self.deny),
        ] {
            for code in codes {
                let rule = rule(code).map_err(|error| Usage(format!("{error:#}")))?;
                if let Some(other) = levels.insert(rule.code, level)
                    && other != level
                {
                    return Err(Usage(format!("{code} can't be both {other} and {level}")).into());
                }
            }
        }
        Ok(levels)
    }

    fn policy(&self) -> Result<Policy> {
        if self.no_policy {
            return Ok(Policy::default());
        }
        match &self.policy {
            Some(file) => read_policy(file),
            None => match find_policy()? {
                Some(file) => read_policy(&file),
                None => Ok(Policy::default()),
            },
        }
    }

    fn targets(&self, progress: &Progress) -> Result<Vec<Loaded>> {
        if self.targets.is_empty() {
            return Ok(vec![Loaded::load(None, &self.source, progress)?]);
        }
        self.targets
            .iter()
            .map(|target| Loaded::load(Some(target), &self.source, progress))
            .collect()
    }
}

/// Replaces a baseline, but no other file.
fn update_baseline(file: &Path, report: &Report) -> Result<Outcome> {
    match fs::read_to_string(file) {
        Ok(text) if !is_baseline(&text) => bail!(
            "{} is left as it is: it is no baseline that confinix has written (name another file, or remove it)",
            file.display()
        ),
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => {
            return Err(error).with_context(|| format!("could not read {}", file.display()));
        }
    }
    write_whole(file, &render_baseline(report))?;
    let accepted = report
        .findings
        .iter()
        .filter(|finding| finding.service.is_some())
        .count();
    print(&format!(
        "{}: {accepted} findings accepted\n",
        file.display()
    ))?;
    Ok(Outcome::Yes)
}

/// The policy of the working directory or of the nearest one above, as short as it can be called.
fn find_policy() -> Result<Option<PathBuf>> {
    let here = env::current_dir().context("could not tell the working directory")?;
    let mut relative = PathBuf::new();
    for dir in here.ancestors() {
        if dir.join(POLICY_FILE).is_file() {
            return Ok(Some(relative.join(POLICY_FILE)));
        }
        relative.push("..");
    }
    Ok(None)
}
