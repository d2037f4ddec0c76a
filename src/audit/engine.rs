//! Runs an audit: from bundles and a policy to findings.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use rayon::prelude::*;

use super::exposure::exposed;
use super::look::Ground;
use super::options::Audit;
use super::report::Report;
use super::rules::{Check, rules};
use super::target::Target;
use super::usage::PolicyUsage;
use crate::bundle::graph;
use crate::code::Level;
use crate::config::ProgramTable;
use crate::finding::Finding;
use crate::inspect::Known;
use crate::service::UnitName;
use crate::store::{self, StorePath};
use crate::surface::Surfaces;

/// Checks every service of the targets, and the policy.
pub fn audit(audit: &Audit) -> Result<Report> {
    refuse_doubles(audit)?;
    let graphs = audit
        .targets
        .iter()
        .map(|target| graph(target.bundle).with_context(|| format!("cannot audit {}", target.name)))
        .collect::<Result<Vec<_>>>()?;
    let absent: Vec<_> = audit
        .targets
        .iter()
        .map(absent_paths)
        .collect::<Result<_>>()?;
    let exposed = match &audit.exposing {
        Some(exposing) => exposed(exposing, &audit.targets, audit.policy, audit.today)?,
        None => BTreeMap::new(),
    };
    let surfaces = surfaces(audit)?;
    let known: Vec<_> = absent.iter().map(|_| Known::default()).collect();
    let programs = ProgramTable::with(&audit.policy.programs).context("cannot read the policy")?;
    let programs = &programs;
    let services: Vec<_> = audit
        .targets
        .iter()
        .zip(&graphs)
        .zip(absent.iter().zip(&known).zip(&surfaces))
        .flat_map(|((target, graph), ((absent, known), surfaces))| {
            let ground = Ground {
                target,
                graph,
                absent,
                known,
                surfaces: surfaces.as_ref(),
                programs,
            };
            let names = target.bundle.services.keys();
            names.map(move |name| (ground, name))
        })
        .collect();
    let looked = services
        .par_iter()
        .map(|(ground, name)| audit.look(*ground, name, exposed.get(name).cloned()))
        .collect::<Result<Vec<_>>>()?;

    let mut usage = PolicyUsage {
        today: audit.today,
        services: services.iter().map(|(_, name)| (*name).clone()).collect(),
        exceptions: BTreeSet::new(),
    };
    let mut report = Report {
        services: usage.services.clone(),
        unconfined: audit
            .targets
            .iter()
            .map(|target| target.bundle.unconfined.len())
            .sum(),
        ..Report::default()
    };
    for looked in looked {
        report.findings.extend(looked.findings);
        report.rehearsed += usize::from(looked.is_rehearsed);
        report.unconfirmed += looked.unconfirmed;
        report.excepted += looked.excepted;
        usage.exceptions.extend(looked.used);
    }
    for rule in rules() {
        let drafts = match rule.check {
            Check::Policy(check) => check(audit.policy, &usage),
            Check::Target(check) => audit
                .targets
                .iter()
                .zip(&absent)
                .flat_map(|(target, absent)| check(target, absent))
                .collect(),
            Check::Foresight | Check::Service(_) | Check::Baseline => continue,
        };
        let level = audit.level(rule.code, &[]);
        if level > Level::Allow {
            let findings = drafts
                .into_iter()
                .map(|draft| Finding::new(rule.code, level, draft));
            report.findings.extend(findings);
        }
    }
    report.sort();
    Ok(report)
}

fn refuse_doubles(audit: &Audit) -> Result<()> {
    let mut seen: BTreeMap<&UnitName, &str> = BTreeMap::new();
    for target in &audit.targets {
        for name in target.bundle.services.keys() {
            let target = target.name;
            if let Some(other) = seen.insert(name, target) {
                bail!("{name} is in both {other} and {target}: audit them in separate runs");
            }
        }
    }
    Ok(())
}

/// Looks at the files of each target, if a rule of the policy needs that.
fn surfaces<'a>(audit: &Audit<'a>) -> Result<Vec<Option<Surfaces<'a>>>> {
    let is_limited = audit.policy.rules.iter().any(|rule| {
        rule.max_executables.is_some()
            || rule.max_interpreters.is_some()
            || !rule.deny_executables.is_empty()
    });
    let look = |target: &Target<'a>| {
        let look = || Surfaces::look(target.bundle, target.store);
        is_limited.then(look).transpose()
    };
    audit.targets.iter().map(look).collect()
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
