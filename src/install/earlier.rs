//! What a run that was killed has begun.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::state::Lock;
use super::switch::switch;
use super::{Change, Changes, Goal, Manifest, Place, State, generation};

/// What an earlier run began and did not end.
#[derive(Debug, Default)]
pub struct Earlier {
    /// What it was installing, and this run has installed; `None` if there was no such run.
    pub finished: Option<Goal>,
    /// The files that were installed before it.
    before: BTreeMap<String, Vec<u8>>,
}

impl Earlier {
    /// Looks for one.
    pub fn find(place: &Place, state: &State) -> Self {
        let before = state.current.filter(|_| state.next.is_some());
        // Without them, at worst a command is missing that the user has to type.
        let before = before.and_then(|number| {
            let directory = place.generation(number);
            let manifest = Manifest::read(&directory).ok()?;
            generation::read(&directory, &manifest).ok()
        });
        Self {
            finished: state.next,
            before: before.unwrap_or_default(),
        }
    }

    /// Finishes what it began.
    pub fn finish(place: &Place, lock: Lock) -> Result<(Lock, Self)> {
        let state = State::read(place)?;
        let earlier = Self::find(place, &state);
        let Some(goal) = earlier.finished else {
            // It may lead to a generation that was never completed.
            lock.forget(place)?;
            return Ok((lock, earlier));
        };
        switch(place, &lock, &state, goal, &Self::default())?;
        // If everything was removed, what was locked is gone.
        let lock = if goal == Goal::Nothing {
            drop(lock);
            Lock::take(place)?
        } else {
            lock
        };
        Ok((lock, earlier))
    }

    /// The changes that commands are for, which the killed run did not print: those since before it.
    pub fn since(&self, changes: &Changes, wanted: &BTreeMap<String, Vec<u8>>) -> Changes {
        let mut all = changes.clone();
        if self.finished.is_none() {
            return all;
        }
        let paths: BTreeSet<_> = self.before.keys().chain(wanted.keys()).collect();
        for path in paths {
            let (old, new) = (self.before.get(path), wanted.get(path));
            if old != new {
                let change = Change {
                    old: old.cloned(),
                    new: new.cloned(),
                };
                all.insert(path.clone(), change);
            }
        }
        all
    }
}

/// What confinix may have written in the directory of units.
#[derive(Debug)]
pub struct Owned {
    /// The manifests that list it.
    pub manifests: Vec<Manifest>,
    /// Whether there was another manifest, so that files that are as they have to be are taken for confinix's.
    pub is_incomplete: bool,
}

impl Owned {
    /// Reads the manifests.
    pub fn read(place: &Place, state: &State) -> Result<Self> {
        let next = match state.next {
            Some(Goal::Generation(number)) => Some(number),
            _ => None,
        };
        let numbers: BTreeSet<u64> = match state.lost {
            Some(_) => state.generations.iter().copied().collect(),
            None => state.current.into_iter().chain(next).collect(),
        };
        let manifests = numbers
            .into_iter()
            .filter(|number| state.generations.contains(number) && state.lost != Some(*number))
            .map(|number| Manifest::read(&place.generation(number)))
            .collect::<Result<_>>()?;
        Ok(Self {
            manifests,
            is_incomplete: state.lost.is_some(),
        })
    }
}
