//! Makes the changes that fix what an audit finds, and looks again, until it finds nothing more or nothing helps.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use rayon::prelude::*;

use super::decision::{Decision, Made, one_line};
use super::plan::plan;
use super::run::Task;
use crate::audit::{Audit, Target, audit};
use crate::bundle::Bundle;
use crate::change::{Change, Site, apply_all, lines};
use crate::code::{Code, Level, Levels};
use crate::date::Date;
use crate::finding::{Finding, Remedy};
use crate::rehearse::{Records, packages};
use crate::service::{Service, UnitName};
use crate::unfit::is_in_vain;

/// As many times it is looked again. Each time, a service that is still looked at has gained or lost a change. After the last, nothing is
/// changed any more, so that whatever is written was looked at.
const ROUNDS: usize = 12;

/// A service on its way to the fixed point.
struct Case<'a> {
    original: &'a Service,
    /// The changes that are made, each with what it is to fix.
    made: Vec<(Made, Subject)>,
    /// Changes that did not help.
    refused: Vec<Change>,
    /// What was found at last.
    findings: Vec<Finding>,
    is_done: bool,
}

/// What a finding is about: two findings of one subject are the same one, as long as its message is.
type Subject = (Code, String, String);

/// What came of a service.
pub struct Settled {
    /// What is decided.
    pub decision: Decision,
    /// The service with its changes.
    pub service: Service,
}

/// Decides about services by what foresight finds.
pub fn settle(
    task: &Task,
    services: &BTreeMap<UnitName, Service>,
    site: &Site,
) -> Result<BTreeMap<UnitName, Settled>> {
    let mut cases: BTreeMap<UnitName, Case> = services
        .iter()
        .map(|(name, service)| (name.clone(), Case::new(service)))
        .collect();
    let mut settled = BTreeMap::new();
    let mut known = None;
    for round in 1..=ROUNDS {
        let open: BTreeMap<UnitName, Service> = cases
            .iter()
            .filter(|(_, case)| !case.is_done)
            .map(|(name, case)| (name.clone(), case.changed()))
            .collect();
        if open.is_empty() {
            break;
        }
        task.progress.step(&format!(
            "round {round}: looking for what will not work in {} services",
            open.len()
        ));
        let (planned, refused) = plan(task.request, &task.gathered.services, &open)?;
        for (name, error) in refused {
            cases.remove(&name);
            let told = Settled {
                decision: Decision::out(one_line(&format!("it can't be confined: {error:#}"))),
                service: services[&name].clone(),
            };
            settled.insert(name, told);
        }
        let bundle = &planned.bundle;
        let packages = match &known {
            Some(packages) => packages,
            None => known.insert(packages(&*task.gathered.files, bundle)?),
        };
        let find = |attribute: &str| packages.get(attribute).cloned();
        let mut findings = found(task, bundle)?;
        for (name, case) in cases.iter_mut().filter(|(_, case)| !case.is_done) {
            case.findings = findings.remove(name).unwrap_or_default();
            case.is_done = round == ROUNDS || !case.advance(site, &find);
        }
    }
    settled.extend(
        cases
            .into_par_iter()
            .map(|(name, case)| (name, case.settled(site)))
            .collect::<Vec<_>>(),
    );
    Ok(settled)
}

/// What an audit finds about each service that keeps it from working, or its confinement from holding.
fn found(task: &Task, bundle: &Bundle) -> Result<BTreeMap<UnitName, Vec<Finding>>> {
    let report = audit(&Audit {
        targets: vec![Target {
            name: "the services",
            host: None,
            bundle,
            files: Some(&*task.gathered.files),
            store: &*task.gathered.files,
            startable: None,
        }],
        policy: &task.config.policy,
        levels: Levels::new(),
        today: Date::today()?,
        rehearsals: &Records::default(),
        requires_rehearsal: false,
        exposing: None,
    })?;
    let mut found: BTreeMap<UnitName, Vec<Finding>> = BTreeMap::new();
    for finding in report.findings {
        // Of a service that nobody looked at, finding nothing means nothing.
        if finding.code == Code::NotInspected {
            bail!(
                "{}: migrate where the store is, or build the services there first",
                finding.message
            );
        }
        let matters = finding.code.is_foresight() || defeats(finding.code);
        if let Some(service) = finding.service.clone().filter(|_| matters) {
            found.entry(service.unit).or_default().push(finding);
        }
    }
    Ok(found)
}

/// Whether a finding means that confinement would show the service what it is to hide. What the unit sets itself is not taken from it.
fn defeats(code: Code) -> bool {
    matches!(code, Code::WholeStoreBound | Code::ClosureWritable)
}

impl<'a> Case<'a> {
    fn new(original: &'a Service) -> Self {
        Self {
            original,
            made: Vec::new(),
            refused: Vec::new(),
            findings: Vec::new(),
            is_done: false,
        }
    }

    fn changed(&self) -> Service {
        let mut service = self.original.clone();
        apply_all(self.made.iter().map(|(made, _)| &made.change), &mut service);
        service
    }

    /// Takes back what did not help, and makes a change for each finding. Returns whether anything was changed.
    fn advance(&mut self, site: &Site, find: &dyn Fn(&str) -> Option<String>) -> bool {
        let present: BTreeSet<Subject> = self.findings.iter().map(subject).collect();
        let (useless, useful): (Vec<_>, Vec<_>) = std::mem::take(&mut self.made)
            .into_iter()
            .partition(|(_, subject)| present.contains(subject));
        self.made = useful;
        let is_changed = !useless.is_empty();
        self.refused
            .extend(useless.into_iter().map(|(made, _)| made.change));
        let mut new = Vec::new();
        for finding in self
            .findings
            .iter()
            .filter(|finding| !defeats(finding.code))
        {
            new.extend(self.fix(finding, site, find));
        }
        let mut is_new = false;
        for made in new {
            let mut all = self.made.iter();
            if all.all(|(other, _)| other.change != made.0.change) {
                self.made.push(made);
                is_new = true;
            }
        }
        is_changed || is_new
    }

    /// The changes of the first remedy that has not been refused and can be made.
    fn fix(
        &self,
        finding: &Finding,
        site: &Site,
        find: &dyn Fn(&str) -> Option<String>,
    ) -> Vec<(Made, Subject)> {
        let fixes = finding.remedies.iter().filter_map(|remedy| match remedy {
            Remedy::Fix { changes, .. } => Some(&changes.list),
            Remedy::Policy(_) | Remedy::Script { .. } => None,
        });
        let mut fixes: Vec<Vec<Change>> = fixes
            .map(|list| {
                let list = list.iter();
                list.flat_map(|change| change.with_paths(find).alone())
                    .collect()
            })
            .collect();
        // What the file can't have only tells why the service stays out.
        fixes.sort_by_key(|list| lines(list, site).is_err());
        for list in fixes {
            let mut service = self.changed();
            let is_possible = list.iter().all(|change| {
                !self.refused.contains(change) && change.apply(&mut service).is_some()
            });
            if is_possible {
                return list
                    .into_iter()
                    .map(|change| (made(change, finding), subject(finding)))
                    .collect();
            }
        }
        Vec::new()
    }

    fn settled(self, site: &Site) -> Settled {
        let service = self.changed();
        let told = |finding: &Finding| one_line(&format!("{}: {}", finding.code, finding.message));
        let denied = self
            .findings
            .iter()
            .find(|finding| finding.level == Level::Deny);
        let made: Vec<Made> = self.made.into_iter().map(|(made, _)| made).collect();
        let changes: Vec<Change> = made.iter().map(|made| made.change.clone()).collect();
        let decision = if let Some(reason) = is_in_vain(self.original, &changes) {
            Decision::out(reason)
        } else if let Some(denied) = denied {
            Decision::Out {
                reason: told(denied),
                evidence: evidence(denied),
            }
        } else {
            Decision::with(&made, site, self.findings.iter().map(told).collect())
        };
        Settled { decision, service }
    }
}

fn subject(finding: &Finding) -> Subject {
    (
        finding.code,
        finding.subject.clone(),
        finding.message.clone(),
    )
}

fn made(change: Change, finding: &Finding) -> Made {
    Made {
        change,
        reason: one_line(&format!("{}: {}", finding.code, finding.message)),
        evidence: evidence(finding),
    }
}

/// Where a finding was found, beyond its message.
fn evidence(finding: &Finding) -> Vec<String> {
    let mut evidence: Vec<String> = finding
        .evidence
        .iter()
        .filter(|told| **told != finding.message)
        .map(|told| one_line(told))
        .collect();
    if let Some(chain) = &finding.chain {
        let paths: Vec<_> = chain.paths.iter().map(ToString::to_string).collect();
        evidence.push(one_line(&format!(
            "{} -> {}",
            chain.origin,
            paths.join(" -> ")
        )));
    }
    evidence
}
