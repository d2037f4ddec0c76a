//! Adds changes to services, round by round, until each behaves as it does without confinement.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::candidates::{Candidate, Source, packages};
use super::case::Case;
use super::improve::Search;
use super::last_resort::wide;
use super::needs::needs;
use super::refused::replaced_in;
use super::round::Recorder;
use super::used::needs_of_used;
use crate::bundle::Bundle;
use crate::foresight::Need;
use crate::inspect::Known;
use crate::observe::Calls;
use crate::service::{Service, UnitName};

/// As many rounds are played for changes to be found.
const ROUNDS: usize = 8;
/// From this round on, services that show something new in each round are looked at as a whole.
const SLOW: usize = 3;

impl Search<'_> {
    /// Adds changes round by round until each service behaves as it should, or nothing is left to try.
    pub fn widen(&self, cases: &mut BTreeMap<&UnitName, Case>) -> Result<()> {
        let packages = packages(&*self.whole.files, &self.whole.planned.bundle)?;
        let known = Known::default();
        let source = Source {
            files: &*self.whole.files,
            known: &known,
            programs: self.programs,
            packages: &packages,
            tree: self.stage.tree(),
        };
        for round in 1..=ROUNDS {
            let again;
            let bundle = if round == 1 {
                &self.whole.planned.bundle
            } else {
                again = self.look_again(cases, round)?;
                &again
            };
            let (mut stuck, mut slow) = (BTreeSet::new(), BTreeSet::new());
            for (name, case) in cases.iter_mut().filter(|(_, case)| !case.is_done) {
                let is_new = self.learn(case, &source, bundle, name, round == 1)? || case.has_fewer;
                if !is_new && round > 1 {
                    stuck.insert(*name);
                } else if round >= SLOW && !case.is_spread {
                    slow.insert(*name);
                }
            }
            slow.extend(stuck.iter().copied().filter(|name| !cases[*name].is_spread));
            let spread = self.spread(cases, &slow, &source, bundle)?;
            stuck.retain(|name| !spread.contains(name));
            go_further(cases, &stuck);
            self.settle(cases)?;
            if cases.values().all(|case| case.is_done) {
                break;
            }
        }
        Ok(())
    }

    /// Looks at what fails in the services that are still open, with their changes. Returns their bundle. One of which no bundle can be
    /// made is done.
    fn look_again(&self, cases: &mut BTreeMap<&UnitName, Case>, round: usize) -> Result<Bundle> {
        let open = open(cases);
        let planned = self.plan(&open)?;
        let traces = match &self.tracer {
            Some(tracer) => {
                let recorder = Recorder::Tracer(tracer, Calls::Failed);
                let told = format!("round {round}: looking at what fails with confinement");
                self.play(&open, Some(&planned), recorder, &told)?.traces
            }
            None => BTreeMap::new(),
        };
        for name in open.keys() {
            let Some(case) = cases.get_mut(name) else {
                continue;
            };
            case.is_done = !planned.bundle.services.contains_key(*name);
            if let Some((trace, seen)) = traces.get(*name).zip(case.seen) {
                case.found.failures = trace.failed.beyond(&seen.control.failed);
            }
        }
        Ok(planned.bundle)
    }

    /// Adds what meets the needs of a service that failed calls show; at first also what foresight would change, and what is used
    /// beyond the closure. Returns whether any of it is new.
    fn learn(
        &self,
        case: &mut Case,
        source: &Source,
        bundle: &Bundle,
        name: &UnitName,
        is_first: bool,
    ) -> Result<bool> {
        let mut needed = needs(case.original, &case.found.failures, self.stage.tree());
        if is_first {
            case.add(source.foreseen(bundle, name)?);
            let beyond = case.beyond(bundle, name).into_iter();
            let beyond: Vec<Need> = beyond.filter(|need| !needed.contains(need)).collect();
            needed.extend(beyond);
        }
        needed.retain(|need| !is_in_closure(need, bundle, name));
        let seen: Vec<(Need, usize)> = needed
            .into_iter()
            .map(|need| {
                let count = case.needs.entry(need.clone()).or_default();
                *count += 1;
                (need, *count - 1)
            })
            .collect();
        let mut is_new = case.add(source.meeting(bundle, name, &seen)?);
        for directory in replaced_in(&case.found.failures) {
            is_new |= case.add(vec![Candidate::writable(&directory)]);
            case.refuse_below(&directory);
        }
        Ok(is_new)
    }

    /// Failed calls lead these services no further, or slowly: a program may end at the first of many files that are missing. Adds what
    /// they use without confinement. Returns those of which that is new.
    fn spread<'n>(
        &self,
        cases: &mut BTreeMap<&'n UnitName, Case>,
        names: &BTreeSet<&'n UnitName>,
        source: &Source,
        bundle: &Bundle,
    ) -> Result<BTreeSet<&'n UnitName>> {
        let mut spread = BTreeSet::new();
        for name in names {
            let Some(case) = cases.get_mut(name) else {
                continue;
            };
            case.is_spread = true;
            let Some(seen) = case.seen else {
                continue;
            };
            let needs = needs_of_used(&seen.control.used, self.stage.tree()).into_iter();
            let needs: Vec<(Need, usize)> = needs.map(|need| (need, 0)).collect();
            if case.add(source.meeting(bundle, name, &needs)?) {
                spread.insert(*name);
            }
        }
        Ok(spread)
    }

    /// Tries the services that are still open with their changes, and keeps those that behave as they should.
    fn settle(&self, cases: &mut BTreeMap<&UnitName, Case>) -> Result<()> {
        for (name, trial) in self.attempt(&open(cases), "trying changes")? {
            let Some(case) = cases.get_mut(&name) else {
                continue;
            };
            if case.is_met_by(&trial) {
                case.is_done = true;
                case.found.changes = Some(case.candidates.clone());
            }
            case.refuse_unmountable(&trial);
            case.found.last = trial;
        }
        Ok(())
    }
}

/// Whether what is needed is in a store path that the service has: it failed for another reason than that it is not there.
fn is_in_closure(need: &Need, bundle: &Bundle, name: &UnitName) -> bool {
    let (Need::Read(path) | Need::Execute(path)) = need else {
        return false;
    };
    let closure = bundle.services.get(name);
    let closure = closure.and_then(|service| bundle.closures.get(&service.closure));
    let owner = bundle.store_dir.owner(path);
    owner
        .zip(closure)
        .is_some_and(|(owner, closure)| closure.paths.contains(&owner))
}

/// Adds changes of last resort to these services.
fn go_further(cases: &mut BTreeMap<&UnitName, Case>, stuck: &BTreeSet<&UnitName>) {
    for name in stuck {
        let Some(case) = cases.get_mut(*name) else {
            continue;
        };
        match wide(case.wide, case.original) {
            Some(candidates) => {
                case.add(candidates);
                case.wide += 1;
            }
            None => case.is_done = true,
        }
    }
}

/// The services that are still open, with their changes.
fn open<'n>(cases: &BTreeMap<&'n UnitName, Case>) -> BTreeMap<&'n UnitName, Service> {
    let open = cases.iter().filter(|(_, case)| !case.is_done);
    open.map(|(name, case)| (*name, case.changed(&case.candidates)))
        .collect()
}
