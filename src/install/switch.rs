//! Goes from what is installed to a generation that is there, or to nothing.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};

use super::commands::{asked, commands};
use super::keep::Keeper;
use super::plan::Plan;
use super::state::Lock;
use super::units::{self, Now};
use super::{Changes, Done, Goal, Manifest, Place, State, Turn, apply, checks, generation};
use crate::interrupt;

/// Goes back to an earlier generation: this one; if that is `None`, the one before the current one, or the current one if an earlier run
/// did not finish to install another.
pub fn roll_back(place: &Place, to: Option<u64>) -> Result<Done> {
    let _hold = interrupt::hold();
    let lock = Lock::take(place)?;
    let state = State::read(place)?;
    if to.is_none()
        && let Some(begun) = state.next
    {
        let goal = state.current.map_or(Goal::Nothing, Goal::Generation);
        let mut done = switch(place, &lock, &state, goal)?;
        done.earlier = Some(Turn::Undone(begun));
        return Ok(done);
    }
    let (lock, earlier) = finish_earlier(place, lock)?;
    let state = State::read(place)?;
    let Some(current) = state.current else {
        bail!("nothing is installed, so there is nothing to go back from");
    };
    let before = state
        .generations
        .iter()
        .rev()
        .find(|other| **other < current);
    let Some(number) = to.or(before.copied()) else {
        bail!(
            "generation {current} is the first: there is none to go back to (--uninstall removes everything)"
        );
    };
    if !state.generations.contains(&number) {
        let all: Vec<_> = state.generations.iter().map(ToString::to_string).collect();
        bail!(
            "there is no generation {number}: there are {}",
            all.join(", ")
        );
    }
    let mut done = switch(place, &lock, &state, Goal::Generation(number))?;
    done.earlier = earlier;
    Ok(done)
}

/// Removes everything that was installed.
pub fn uninstall(place: &Place) -> Result<Done> {
    let _hold = interrupt::hold();
    let state = State::read(place)?;
    if state.current.is_none() && state.next.is_none() {
        bail!("nothing is installed in {}", place.state().display());
    }
    let lock = Lock::take(place)?;
    switch(place, &lock, &State::read(place)?, Goal::Nothing)
}

/// Finishes what an earlier run began.
pub(super) fn finish_earlier(place: &Place, lock: Lock) -> Result<(Lock, Option<Turn>)> {
    let state = State::read(place)?;
    let Some(goal) = state.next else {
        // It may lead to a generation that was never completed.
        lock.forget(place)?;
        return Ok((lock, None));
    };
    switch(place, &lock, &state, goal)?;
    // If everything was removed, what was locked is gone.
    let lock = if goal == Goal::Nothing {
        drop(lock);
        Lock::take(place)?
    } else {
        lock
    };
    Ok((lock, Some(Turn::Finished(goal))))
}

/// Brings the directory of units to what a generation has, or to nothing.
fn switch(place: &Place, lock: &Lock, state: &State, goal: Goal) -> Result<Done> {
    let owned = owned(place, state)?;
    let owned: Vec<&Manifest> = owned.iter().collect();
    let (wanted, manifest) = match goal {
        Goal::Nothing => (BTreeMap::new(), None),
        Goal::Generation(number) => {
            let directory = place.generation(number);
            let manifest = Manifest::read(&directory)?;
            checks::refuse_missing_paths(place, manifest.roots.iter())?;
            (generation::read(&directory, &manifest)?, Some(manifest))
        }
    };
    let plan = Plan::new(place, &owned, &wanted)?;
    let now = now(place, &plan.changes, &wanted)?;
    let commands = commands(&plan.changes, &wanted, now.as_ref());
    let staged = apply::stage(place, &plan.changes)?;
    lock.begin(place, goal)?;
    let mut directories: BTreeSet<String> = owned
        .iter()
        .flat_map(|manifest| manifest.directories.iter().cloned())
        .collect();
    directories.extend(
        manifest
            .into_iter()
            .flat_map(|manifest| manifest.directories),
    );
    complete(place, lock, goal, staged, &directories)?;
    if goal == Goal::Nothing {
        for manifest in &owned {
            if let Ok(keeper) = Keeper::of(place, &manifest.store_dir) {
                keeper.keep_only(&[])?;
            }
        }
        lock.clear(place)?;
    }
    Ok(Done {
        earlier: None,
        now: goal,
        changes: plan.changes,
        commands,
        warnings: Vec::new(),
    })
}

/// Changes units after everything was written that this needs.
pub(super) fn complete(
    place: &Place,
    lock: &Lock,
    goal: Goal,
    staged: apply::Staged,
    directories: &BTreeSet<String>,
) -> Result<()> {
    let complete = || {
        staged.put(place, directories)?;
        if place.is_this_machine() {
            units::reload()?;
        }
        match goal {
            Goal::Generation(_) => lock.complete(place),
            Goal::Nothing => Ok(()),
        }
    };
    complete().context(
        "units were changed only in part: fix what follows, and run `confinix install` again, which finishes this first, or `confinix install --rollback`, which undoes it",
    )
}

/// The manifests of what confinix may have written in the directory of units.
pub(super) fn owned(place: &Place, state: &State) -> Result<Vec<Manifest>> {
    let next = match state.next {
        Some(Goal::Generation(number)) => Some(number),
        _ => None,
    };
    let numbers: BTreeSet<u64> = state.current.into_iter().chain(next).collect();
    numbers
        .into_iter()
        .filter(|number| state.generations.contains(number))
        .map(|number| Manifest::read(&place.generation(number)))
        .collect()
}

/// What the running system has of changed units; `None` if the tree is of one that does not run.
pub(super) fn now(
    place: &Place,
    changes: &Changes,
    files: &BTreeMap<String, Vec<u8>>,
) -> Result<Option<Now>> {
    if !place.is_this_machine() {
        return Ok(None);
    }
    units::now(&asked(changes, files)).map(Some)
}
