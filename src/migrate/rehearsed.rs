//! Decides about services by a rehearsal.

use std::collections::BTreeMap;

use anyhow::Result;

use super::decision::{Decision, Made, REHEARSED, one_line};
use super::fixed_point::Settled;
use super::plan::plan;
use super::run::Task;
use crate::change::{Change, Site, apply_all, merge};
use crate::config::ProgramTable;
use crate::rehearse::{Candidate, Options, Rehearsed, Verdict, rehearse};
use crate::service::{Service, UnitName};
use crate::unfit::is_in_vain;

/// As many calls that failed are told of a service that stays out.
const CALLS: usize = 8;

/// Rehearses services, and decides about each.
pub fn settle(
    task: &Task,
    options: &Options,
    services: &BTreeMap<UnitName, Service>,
    site: &Site,
) -> Result<BTreeMap<UnitName, Settled>> {
    let all = &task.gathered.services;
    let (planned, refused) = plan(task.request, all, services)?;
    let mut possible = all.clone();
    possible
        .services
        .retain(|name, _| services.contains_key(name) && !refused.contains_key(name));
    let whole = task.request.whole_of(task.gathered, possible, planned);
    let programs = ProgramTable::with(&task.config.policy.programs)?;
    let rehearsal = rehearse(task.request, &whole, options, &programs, task.progress)?;
    for reason in &rehearsal.unrecorded {
        task.progress.warn(reason);
    }
    let out = |error| Decision::out(one_line(&format!("it can't be confined: {error:#}")));
    let mut settled: BTreeMap<UnitName, Settled> = refused
        .into_iter()
        .map(|(name, error)| {
            let service = services[&name].clone();
            let decision = out(error);
            (name, Settled { decision, service })
        })
        .collect();
    for (name, rehearsed) in &rehearsal.services {
        if let Some(service) = services.get(name) {
            let of_instances = of_instances(name, &rehearsal.services);
            let verdict = of_instances.as_ref().unwrap_or(&rehearsed.verdict);
            settled.insert(name.clone(), judged(service, verdict, site));
        }
    }
    Ok(settled)
}

/// The verdict of a template that can't be compared itself: the changes of its instances that are services of their own. Its
/// exception would be theirs too.
fn of_instances(name: &UnitName, all: &BTreeMap<UnitName, Rehearsed>) -> Option<Verdict> {
    if !matches!(all[name].verdict, Verdict::NotComparable(_)) {
        return None;
    }
    let is_own = |(other, _): &(&UnitName, &Rehearsed)| other.template().as_ref() == Some(name);
    let verdicts = all.iter().filter(is_own).map(|(_, one)| &one.verdict);
    let mut changes: Option<Vec<Candidate>> = None;
    for verdict in verdicts {
        let added = match verdict {
            Verdict::Starts => &[][..],
            Verdict::StartsWith(candidates) => candidates,
            Verdict::Fails { .. } | Verdict::NotComparable(_) => continue,
        };
        let changes = changes.get_or_insert_default();
        let new = added.iter().filter(|one| !changes.contains(one));
        let new: Vec<_> = new.cloned().collect();
        changes.extend(new);
    }
    let changes = changes?;
    let all = changes.iter().map(|candidate| candidate.change.clone());
    let are_together = merge(all).is_ok();
    are_together.then_some(Verdict::StartsWith(changes))
}

fn judged(original: &Service, verdict: &Verdict, site: &Site) -> Settled {
    let mut service = original.clone();
    let decision = match verdict {
        Verdict::Starts => Decision::with(&[], site, Vec::new()),
        Verdict::StartsWith(candidates) => {
            let changes: Vec<Change> = candidates.iter().map(|one| one.change.clone()).collect();
            apply_all(&changes, &mut service);
            let made: Vec<Made> = candidates.iter().map(made).collect();
            match is_in_vain(original, &changes) {
                Some(reason) => Decision::out(reason),
                None => Decision::with(&made, site, Vec::new()),
            }
        }
        Verdict::Fails {
            differences,
            failures,
        } => Decision::Out {
            reason: one_line(&format!("{REHEARSED}confined, {}", differences.join("; "))),
            evidence: failures
                .calls
                .iter()
                .take(CALLS)
                .map(|call| one_line(&format!("only with confinement: {call}")))
                .collect(),
        },
        Verdict::NotComparable(reason) => Decision::out(one_line(&format!(
            "{REHEARSED}without confinement it did not work there either, so nothing could be compared: {reason}"
        ))),
    };
    Settled { decision, service }
}

fn made(candidate: &Candidate) -> Made {
    let gives_up = match candidate.gives_up {
        Some(gives_up) => format!(" (gives up: {gives_up})"),
        None => String::new(),
    };
    Made {
        change: candidate.change.clone(),
        reason: one_line(&format!("{REHEARSED}{}{gives_up}", candidate.why)),
        evidence: Vec::new(),
    }
}
