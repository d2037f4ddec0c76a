//! Runs an audit: from bundles and a policy to findings.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use rayon::prelude::*;

use super::exposure::exposed;
use super::look::{Ground, Looked};
use super::options::Audit;
use super::report::Report;
use super::rules::{Check, Rule, rules};
use super::target::Target;
use super::usage::PolicyUsage;
use crate::bundle::graph;
use crate::code::Level;
use crate::config::ProgramTable;
use crate::finding::{Draft, Finding};
use crate::inspect::Known;
use crate::service::HostService;
use crate::store::{self, StoreFiles, StorePath};
use crate::surface::Surfaces;

/// Checks every service of the targets, and the policy.
pub fn audit(audit: &Audit) -> Result<Report> {
    refuse_doubles(audit)?;
    let programs = ProgramTable::with(&audit.policy.programs).context("cannot read the policy")?;
    let known = Knowledge::of(&audit.targets);
    let looked = audit
        .targets
        .par_iter()
        .map(|target| look_at(audit, target, known.of_files(target), &programs))
        .collect::<Result<Vec<_>>>()?;

    let services = audit.targets.iter().flat_map(Target::services);
    let mut report = Report {
        services: services.collect(),
        unconfined: audit
            .targets
            .iter()
            .map(|target| target.bundle.unconfined.len())
            .sum(),
        ..Report::default()
    };
    let mut usage = PolicyUsage {
        today: audit.today,
        services: (report.services.iter())
            .map(|service| service.unit.clone())
            .collect(),
        exceptions: BTreeSet::new(),
    };
    for looked in looked {
        report.findings.extend(looked.of_target);
        for looked in looked.services {
            report.findings.extend(looked.findings);
            report.rehearsed += usize::from(looked.is_rehearsed);
            report.unconfirmed += looked.unconfirmed;
            report.excepted += looked.excepted;
            usage.exceptions.extend(looked.used);
        }
    }
    for rule in rules() {
        if let Check::Policy(check) = rule.check {
            let drafts = check(audit.policy, &usage);
            report.findings.extend(audit.findings(rule, drafts));
        }
    }
    report.sort();
    Ok(report)
}

/// What was found out about a target.
struct LookedAt {
    of_target: Vec<Finding>,
    services: Vec<Looked>,
}

fn look_at(
    audit: &Audit,
    target: &Target,
    known: &Known,
    programs: &ProgramTable,
) -> Result<LookedAt> {
    let graph = graph(target.bundle).with_context(|| format!("cannot audit {}", target.name))?;
    let absent = absent_paths(target)?;
    let exposed = match &audit.exposing {
        Some(exposing) => exposed(exposing, target, audit.policy, audit.today)?,
        None => BTreeMap::new(),
    };
    let surfaces = surfaces(audit, target)?;
    let ground = Ground {
        target,
        graph: &graph,
        absent: &absent,
        known,
        surfaces: surfaces.as_ref(),
        programs,
    };
    let names: Vec<_> = target.bundle.services.keys().collect();
    let services = names
        .par_iter()
        .map(|name| audit.look(ground, name, exposed.get(*name).cloned()))
        .collect::<Result<_>>()?;
    let mut of_target = Vec::new();
    for rule in rules() {
        if let Check::Target(check) = rule.check {
            of_target.extend(audit.findings(rule, check(target, &absent)));
        }
    }
    Ok(LookedAt {
        of_target,
        services,
    })
}

impl Audit<'_> {
    /// The findings of a rule that is not about one service.
    fn findings(&self, rule: &Rule, drafts: Vec<Draft>) -> Vec<Finding> {
        let level = self.level(rule.code, &[]);
        let is_reported = level > Level::Allow;
        let drafts = drafts.into_iter().filter(|_| is_reported);
        drafts
            .map(|draft| Finding::new(rule.code, level, draft))
            .collect()
    }
}

/// What is known about the files of each store. Hosts of a fleet share most of them.
struct Knowledge<'a>(Vec<(&'a dyn StoreFiles, Known)>);

impl<'a> Knowledge<'a> {
    fn of(targets: &[Target<'a>]) -> Self {
        let mut known: Vec<(&dyn StoreFiles, Known)> = Vec::new();
        for target in targets {
            if !known
                .iter()
                .any(|(files, _)| std::ptr::addr_eq(*files, target.store))
            {
                known.push((target.store, Known::default()));
            }
        }
        Self(known)
    }

    fn of_files(&self, target: &Target) -> &Known {
        let mut known = self.0.iter();
        let found = known.find(|(files, _)| std::ptr::addr_eq(*files, target.store));
        // Every target has an entry.
        found.map_or(&self.0[0].1, |(_, known)| known)
    }
}

fn refuse_doubles(audit: &Audit) -> Result<()> {
    let mut seen: BTreeMap<HostService, &str> = BTreeMap::new();
    for target in &audit.targets {
        for service in target.services() {
            let target = target.name;
            if let Some(other) = seen.get(&service) {
                bail!("{service} is in both {other} and {target}: audit them in separate runs");
            }
            seen.insert(service, target);
        }
    }
    Ok(())
}

/// Looks at the files of a target, if a rule of the policy needs that.
fn surfaces<'a>(audit: &Audit, target: &Target<'a>) -> Result<Option<Surfaces<'a>>> {
    let is_limited = audit.policy.rules.iter().any(|rule| {
        rule.max_executables.is_some()
            || rule.max_interpreters.is_some()
            || !rule.deny_executables.is_empty()
    });
    let look = || Surfaces::look(target.bundle, target.store);
    is_limited.then(look).transpose()
}

/// Returns the paths of a bundle that this machine lacks, and can't inspect. Empty if foresight is skipped.
fn absent_paths(target: &Target) -> Result<BTreeSet<StorePath>> {
    let mut absent = BTreeSet::new();
    let Some(files) = target.files else {
        return Ok(absent);
    };
    for path in target.bundle.paths.keys() {
        if matches!(
            files.entry(path.as_str(), None)?,
            None | Some(store::Entry::Missing)
        ) {
            absent.insert(path.clone());
        }
    }
    Ok(absent)
}
