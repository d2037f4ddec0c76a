//! One service in the search for changes.

use std::collections::BTreeMap;

use super::beyond::needs_beyond;
use super::candidates::Candidate;
use super::improve::merged;
use super::record::HoldsFor;
use super::seen::Seen;
use super::trials::Trials;
use crate::bundle::Bundle;
use crate::change::{Change, Table, apply_all};
use crate::foresight::Need;
use crate::observe::{Failures, Observation, Touched};
use crate::service::{Preset, Service, SourceString, UnitName};
use crate::store::StorePath;

/// What was found out about a service that behaves differently with confinement.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The changes with which it behaves as it does without confinement, each of which is needed; `None` if none are known.
    pub changes: Option<Vec<Candidate>>,
    /// How it behaved at last.
    pub last: Trials,
    /// What it did not find at last.
    pub failures: Failures,
    /// What it was started with at last, if it behaved as it should.
    pub holds_for: Option<HoldsFor>,
    /// The closure that it had then.
    pub closure: Option<Vec<StorePath>>,
}

/// One service in the search.
pub struct Case<'a> {
    /// The service without changes.
    pub original: &'a Service,
    /// How it behaves without confinement.
    pub control: &'a Trials,
    /// What it touches in the store without confinement, if that was recorded.
    pub touched: Option<&'a Touched>,
    /// What strace saw of it as it is configured; `None` without strace.
    pub seen: Option<&'a Seen>,
    /// The changes to try.
    pub candidates: Vec<Candidate>,
    /// Changes that are not tried again.
    pub refused: Vec<Candidate>,
    /// The needs that were seen, each with how often.
    pub needs: BTreeMap<Need, usize>,
    /// Whether what it uses without confinement was added.
    pub is_spread: bool,
    /// Whether changes were given up since it was last tried.
    pub has_fewer: bool,
    /// How many steps of last resort have been taken.
    pub wide: usize,
    /// The changes that suffice, if narrower ones that were found do not.
    pub wider: Option<Vec<Candidate>>,
    /// What was found out.
    pub found: Found,
    /// Whether the search is over.
    pub is_done: bool,
}

impl<'a> Case<'a> {
    /// Begins the search for a service with what was found out until now.
    pub fn new(
        original: &'a Service,
        control: &'a Trials,
        touched: Option<&'a Touched>,
        seen: Option<&'a Seen>,
        found: Found,
    ) -> Self {
        Self {
            original,
            control,
            touched,
            seen,
            candidates: Vec::new(),
            refused: Vec::new(),
            needs: BTreeMap::new(),
            is_spread: false,
            has_fewer: false,
            wide: 0,
            wider: None,
            found,
            is_done: false,
        }
    }

    /// The service with these changes.
    pub fn changed(&self, candidates: &[Candidate]) -> Service {
        let mut service = self.original.clone();
        let changes = candidates.iter().map(|candidate| &candidate.change);
        apply_all(changes, &mut service);
        service
    }

    /// The service with these changes as `confinix.toml` would have them; `None` if it can't have all.
    pub fn configured(&self, candidates: &[Candidate]) -> Option<Service> {
        let list = merged(candidates);
        let table = Table::of(&list).ok()?;
        let mut service = self.original.clone();
        let options = list.iter();
        for change in options.filter(|change| !matches!(change, Change::Add(..))) {
            change.apply(&mut service)?;
        }
        if !table.binds.is_empty() {
            let mut preset = Preset::named("rehearsed");
            preset.bind_read_only = table.binds.into_iter().map(SourceString::plain).collect();
            service.confinement.presets.push(preset);
        }
        Some(service)
    }

    /// What it used of the store without confinement and does not have in its closure.
    pub fn beyond(&self, bundle: &Bundle, name: &UnitName) -> Vec<Need> {
        let service = bundle.services.get(name);
        let closure = service.and_then(|service| bundle.closures.get(&service.closure));
        let Some((touched, closure)) = self.touched.zip(closure) else {
            return Vec::new();
        };
        let observation = Observation::of(touched, &closure.paths);
        needs_beyond(&observation, &bundle.store_dir)
    }

    /// Whether a trial is as the control.
    pub fn is_met_by(&self, trial: &Trials) -> bool {
        trial.differences(self.control).is_empty()
    }

    /// Adds what is new. Returns whether anything was.
    pub fn add(&mut self, candidates: Vec<Candidate>) -> bool {
        let before = self.candidates.len();
        for candidate in candidates {
            if !self.candidates.contains(&candidate) && !self.refused.contains(&candidate) {
                self.candidates.push(candidate);
            }
        }
        self.candidates.len() > before
    }
}
