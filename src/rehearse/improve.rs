//! Looks for changes with which services behave as they do without confinement, and then for those that can be left out.

use std::collections::BTreeMap;

use anyhow::Result;

use super::candidates::Candidate;
use super::case::{Case, Found};
use super::first::Pair;
use super::narrowing::Narrowing;
use super::record::HoldsFor;
use super::rehearsal::Options;
use super::round::{Stage, side_by_side};
use super::seen::Seen;
use crate::change::Change;
use crate::config::ProgramTable;
use crate::observe::Tracer;
use crate::progress::Progress;
use crate::service::{Service, UnitName};
use crate::source::{Request, Whole};

/// The search for the changes of several services.
#[derive(Clone)]
pub struct Search<'a> {
    /// The request of the services, with which bundles are made.
    pub request: &'a Request,
    /// The services and their bundle.
    pub whole: &'a Whole,
    /// How they are tried.
    pub options: &'a Options,
    /// The same, but each is watched only as long as it takes to tell.
    pub stage: Stage,
    /// The version of the guests' systemd; 0 if it is not known.
    pub systemd: u32,
    /// Where progress goes.
    pub progress: &'a Progress,
    /// What programs do.
    pub programs: &'a ProgramTable,
    /// strace, if there is one.
    pub tracer: Option<Tracer>,
}

impl Search<'_> {
    /// Searches for each of these services, given with how they behave without confinement and at first with it. `seen`: what strace saw
    /// of them.
    pub fn run(
        &self,
        cases: &BTreeMap<UnitName, Pair>,
        seen: &BTreeMap<UnitName, Seen>,
    ) -> Result<BTreeMap<UnitName, Found>> {
        let services = &self.whole.services.services;
        let mut cases: BTreeMap<&UnitName, Case> = cases
            .iter()
            .filter_map(|(name, pair)| {
                let seen = seen.get(name);
                let found = Found {
                    last: pair.confined.clone(),
                    failures: seen.map(|seen| seen.failures.clone()).unwrap_or_default(),
                    ..Found::default()
                };
                let (control, touched) = (&pair.control, pair.touched.as_ref());
                let case = Case::new(services.get(name)?, control, touched, seen, found);
                Some((name, case))
            })
            .collect();
        self.widen(&mut cases)?;
        self.narrow(&mut cases)?;
        self.lessen(&mut cases)?;
        self.confirm(&mut cases)?;
        let mut again = false;
        for case in cases
            .values_mut()
            .filter(|case| case.found.changes.is_none())
        {
            case.found.changes = case.wider.take();
            again |= case.found.changes.is_some();
        }
        if again {
            self.confirm(&mut cases)?;
        }
        Ok(cases
            .into_iter()
            .map(|(name, case)| (name.clone(), case.found))
            .collect())
    }

    /// Leaves changes out as long as the services behave as they should.
    fn narrow(&self, cases: &mut BTreeMap<&UnitName, Case>) -> Result<()> {
        self.leave_out(cases, Narrowing::of, "leaving out what is not needed")?;
        self.leave_out(cases, Narrowing::again, "leaving out each change once more")
    }

    fn leave_out(
        &self,
        cases: &mut BTreeMap<&UnitName, Case>,
        search: impl Fn(Vec<Candidate>) -> Narrowing,
        told: &str,
    ) -> Result<()> {
        let mut searches: BTreeMap<&UnitName, Narrowing> = cases
            .iter()
            .filter_map(|(name, case)| Some((*name, search(case.found.changes.clone()?))))
            .collect();
        let mut step = 0;
        loop {
            let next: BTreeMap<&UnitName, Vec<Vec<Candidate>>> = searches
                .iter()
                .map(|(name, search)| (*name, search.next()))
                .filter(|(_, next)| !next.is_empty())
                .collect();
            let count = next.values().map(Vec::len).max().unwrap_or_default();
            if count == 0 {
                break;
            }
            step += 1;
            let told = format!("step {step}: {told}");
            let attempts: Vec<BTreeMap<&UnitName, Service>> = (0..count)
                .map(|index| {
                    let nth = next.iter().filter_map(|(name, next)| {
                        let case = cases.get(name)?;
                        Some((*name, case.changed(next.get(index)?)))
                    });
                    nth.collect()
                })
                .collect();
            let trials = side_by_side(&attempts, |services| self.attempt(services, &told))?;
            for (name, next) in &next {
                let (Some(search), Some(case)) = (searches.get_mut(name), cases.get(name)) else {
                    continue;
                };
                let is_met = |index: usize| {
                    let trial = trials.get(index).and_then(|trials| trials.get(*name));
                    trial.is_some_and(|trial| case.is_met_by(trial))
                };
                search.learn(&(0..next.len()).map(is_met).collect::<Vec<_>>());
            }
        }
        for (name, search) in searches {
            if let Some(case) = cases.get_mut(name) {
                case.found.changes = Some(search.kept());
            }
        }
        Ok(())
    }

    /// Watches the services once more with what is left, as long as the control, if they have not been. What does not behave as it should
    /// then fails.
    fn confirm(&self, cases: &mut BTreeMap<&UnitName, Case>) -> Result<()> {
        let changed: BTreeMap<&UnitName, Service> = cases
            .iter()
            .filter(|(_, case)| case.found.holds_for.is_none())
            .filter_map(|(name, case)| {
                let changes = case.found.changes.as_ref()?;
                let is_for_config = self.options.is_for_config;
                let configured = is_for_config.then(|| case.configured(changes)).flatten();
                Some((*name, configured.unwrap_or_else(|| case.changed(changes))))
            })
            .collect();
        let whole = Search {
            stage: Stage {
                keep: None,
                ..self.options.stage.clone()
            },
            ..self.clone()
        };
        let (trials, bundle) = whole.attempted(&changed, "confirming the changes")?;
        for (name, trial) in trials {
            if let Some(case) = cases.get_mut(&name) {
                if case.is_met_by(&trial) {
                    let service = bundle.services.get(&name);
                    case.found.holds_for = service.map(HoldsFor::of);
                    let closure = service.and_then(|one| bundle.closures.get(&one.closure));
                    case.found.closure = closure.map(|closure| closure.paths.clone());
                } else {
                    case.found.changes = None;
                }
                case.found.last = trial;
            }
        }
        Ok(())
    }
}

/// The changes of candidates, merged.
pub fn merged(candidates: &[Candidate]) -> Vec<Change> {
    let changes = candidates.iter().map(|candidate| candidate.change.clone());
    // They were tried together, so they don't exclude each other.
    crate::change::merge(changes).unwrap_or_default()
}
