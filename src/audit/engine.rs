//! From bundles and a policy to findings.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use rayon::prelude::*;

use super::exposure::{Exposed, Exposing, exposed};
use super::rules::{Check, rules};
use super::subject::Subject;
use super::target::Target;
use super::usage::Usage;
use crate::bundle::{Chain, Why, graph};
use crate::code::{Code, Level, Levels};
use crate::config::{Date, Entry, Place, Policy, PolicyRule, level};
use crate::finding::{Draft, Finding};
use crate::foresight::foresee;
use crate::inspect::Known;
use crate::service::UnitName;
use crate::store::{self, Graph, Package, StorePath};

/// What is to be audited, and by what measure.
pub struct Audit<'a> {
    /// The bundles. No two may have a service in common.
    pub targets: Vec<Target<'a>>,
    /// The user's rules.
    pub policy: &'a Policy,
    /// Levels that count more than those of the policy.
    pub levels: Levels,
    /// The day for which the policy is asked.
    pub today: Date,
    /// How exposed services may be; none: that is not looked at.
    pub exposing: Option<Exposing<'a>>,
}

/// What an audit has to say.
#[derive(Debug, Default)]
pub struct Report {
    /// The findings: those about the policy first, then by service; the weightiest first, then by code and subject.
    pub findings: Vec<Finding>,
    /// The services that were looked at.
    pub services: BTreeSet<UnitName>,
    /// How many findings the policy excepts.
    pub excepted: usize,
    /// How many findings the baseline accepts.
    pub accepted: usize,
}

impl Report {
    /// How many findings have this level.
    pub fn count(&self, level: Level) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.level == level)
            .count()
    }

    /// Puts the findings into their order.
    pub fn sort(&mut self) {
        self.findings.sort_by(|a, b| key(a).cmp(&key(b)));
    }
}

fn key(finding: &Finding) -> impl Ord + '_ {
    (
        &finding.service,
        std::cmp::Reverse(finding.level),
        finding.code,
        &finding.subject,
        &finding.place,
    )
}

/// Looks at every service of the targets, and at the policy.
pub fn audit(audit: &Audit) -> Result<Report> {
    refuse_doubles(audit)?;
    let graphs = audit
        .targets
        .iter()
        .map(|target| {
            graph(target.bundle).with_context(|| format!("could not audit {}", target.name))
        })
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
    let known: Vec<_> = absent.iter().map(|_| Known::default()).collect();
    let services: Vec<_> = audit
        .targets
        .iter()
        .zip(&graphs)
        .zip(absent.iter().zip(&known))
        .flat_map(|((target, graph), store)| {
            let names = target.bundle.services.keys();
            names.map(move |name| (target, graph, store, name))
        })
        .collect();
    let looked = services
        .par_iter()
        .map(|(target, graph, store, name)| {
            let exposure = exposed.get(name).cloned();
            look(audit, target, graph, *store, name, exposure)
        })
        .collect::<Result<Vec<_>>>()?;

    let mut usage = Usage {
        today: audit.today,
        services: services
            .iter()
            .map(|(_, _, _, name)| (*name).clone())
            .collect(),
        exceptions: BTreeSet::new(),
    };
    let mut report = Report {
        services: usage.services.clone(),
        ..Report::default()
    };
    for looked in looked {
        report.findings.extend(looked.findings);
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
        {
            let level = audit.level(rule.code, &[]);
            if level > Level::Allow {
                report.findings.extend(
                    drafts
                        .into_iter()
                        .map(|draft| Finding::new(rule.code, level, draft)),
                );
            }
        }
    }
    report.sort();
    Ok(report)
}

impl Audit<'_> {
    /// The level of what a baseline accepts without need.
    pub fn baseline_level(&self) -> Level {
        self.level(Code::UnusedBaselineEntry, &[])
    }

    pub(super) fn level(&self, code: Code, rules: &[&PolicyRule]) -> Level {
        self.level_from(code, code.level(), rules)
    }

    /// The level of a code whose findings have `default` where nothing else is said.
    fn level_from(&self, code: Code, default: Level, rules: &[&PolicyRule]) -> Level {
        if let Some(level) = self.levels.get(&code) {
            return *level;
        }
        let in_force = rules
            .iter()
            .filter(|rule| !rule.note.has_expired(self.today));
        level(code, default, self.policy, in_force)
    }
}

fn refuse_doubles(audit: &Audit) -> Result<()> {
    let mut seen: BTreeMap<&UnitName, &str> = BTreeMap::new();
    for target in &audit.targets {
        for name in target.bundle.services.keys() {
            let target = target.name;
            if let Some(other) = seen.insert(name, target) {
                bail!(
                    "both {other} and {target} have {name}, so that findings could not be told apart: audit them in two runs"
                );
            }
        }
    }
    Ok(())
}

/// What one service came to.
struct Looked {
    findings: Vec<Finding>,
    excepted: usize,
    used: Vec<Place>,
}

/// The paths of a bundle that this machine does not have: what lies in them can't be looked at.
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

fn look(
    audit: &Audit,
    target: &Target,
    graph: &Graph,
    (absent, known): (&BTreeSet<StorePath>, &Known),
    name: &UnitName,
    exposure: Option<Exposed>,
) -> Result<Looked> {
    let service = target.bundle.services[name].resolved(name);
    let mut subject = Subject::new(target.bundle, name, audit.policy, audit.today);
    subject.service = &service;
    subject.exposure = exposure;
    if let Some(files) = target.files
        && !subject
            .closure
            .paths
            .iter()
            .any(|path| absent.contains(path))
    {
        subject.foreseen = foresee(&subject.confined(), files, known)
            .with_context(|| format!("could not look at what {name} will find inside"))?;
    }
    let mut used = Vec::new();
    let mut excepted = BTreeSet::new();
    let mut groups: BTreeMap<(Code, String), Group> = BTreeMap::new();
    for rule in rules() {
        let drafts = match rule.check {
            Check::Foresight => subject.foreseen(rule.code),
            Check::Service(check) => check(&subject),
            Check::Target(_) | Check::Policy(_) | Check::Baseline => continue,
        };
        let certain = audit.level(rule.code, &subject.rules);
        let uncertain = audit.level_from(
            rule.code,
            Level::Warn.min(rule.code.level()),
            &subject.rules,
        );
        for draft in drafts {
            let level = if draft.is_uncertain {
                uncertain
            } else {
                certain
            };
            let exceptions = exceptions(&subject, rule.code, &draft);
            if !exceptions.is_empty() {
                used.extend(exceptions.into_iter().map(|entry| entry.place.clone()));
                excepted.insert((rule.code, draft.subject));
            } else if level > Level::Allow {
                let group = groups
                    .entry((rule.code, draft.subject.clone()))
                    .or_insert_with(|| Group::new(rule.code, level));
                group.level = group.level.max(level);
                group.drafts.push(draft);
            }
        }
    }
    let mut findings = Vec::with_capacity(groups.len());
    if !groups.is_empty() {
        let why = Why::new(graph, subject.service)?;
        for group in groups.into_values() {
            findings.extend(group.finding(&why).map(|finding| Finding {
                service: Some(name.clone()),
                ..finding
            }));
        }
    }
    Ok(Looked {
        findings,
        excepted: excepted.len(),
        used,
    })
}

/// The exceptions of the policy that a draft falls under.
fn exceptions<'s>(subject: &'s Subject, of: Code, draft: &Draft) -> Vec<&'s Entry> {
    let package = draft.path.as_ref().map(|path| Package::parse(path.name()));
    subject
        .rules
        .iter()
        .flat_map(|rule| &rule.allow)
        .filter(|entry| {
            let is_for_code = entry.code.is_none_or(|code| code == of);
            let is_for_package = entry.package.is_none()
                || package.as_ref().is_some_and(|package| entry.means(package));
            let is_for_setting = entry.setting.as_deref().is_none_or(|setting| {
                Some(setting) == draft.setting
                    || draft.setting.is_some() && setting == draft.subject
            });
            is_for_code
                && is_for_package
                && is_for_setting
                && !entry.note.has_expired(subject.today)
        })
        .collect()
}

/// What is one finding: drafts about the same subject.
struct Group {
    code: Code,
    level: Level,
    drafts: Vec<Draft>,
}

impl Group {
    fn new(code: Code, level: Level) -> Self {
        Self {
            code,
            level,
            drafts: Vec::new(),
        }
    }

    /// The finding: about the path that is closest to an option.
    fn finding(self, why: &Why) -> Option<Finding> {
        let chain = |draft: &Draft| draft.path.as_ref().and_then(|path| why.shortest(path));
        let paths: BTreeSet<StorePath> = self
            .drafts
            .iter()
            .filter_map(|draft| draft.path.clone())
            .collect();
        let (draft, chain): (Draft, Option<Chain>) = self
            .drafts
            .into_iter()
            .map(|draft| {
                let chain = chain(&draft);
                (draft, chain)
            })
            .min_by_key(|(draft, chain)| {
                let length = chain.as_ref().map(|chain| chain.paths.len());
                (draft.is_uncertain, length)
            })?;
        Some(Finding {
            chain,
            more_paths: paths.len().saturating_sub(1),
            ..Finding::new(self.code, self.level, draft)
        })
    }
}
