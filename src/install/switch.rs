//! Goes from what is installed to a generation that is there, or to nothing.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};

use super::commands::{asked, commands};
use super::earlier::{Earlier, Owned};
use super::keep::Keeper;
use super::plan::Plan;
use super::state::Lock;
use super::units;
use super::{
    Changes, Command, Done, Goal, Manifest, Place, State, Turn, apply, checks, generation,
};
use crate::interrupt;
use crate::store::StoreDir;

/// Goes back to an earlier generation: this one; if that is `None`, the one before the current one, or the current one if an earlier run
/// did not finish to install another. A current one whose manifest is gone can't be gone back to.
pub fn roll_back(place: &Place, to: Option<u64>) -> Result<Done> {
    let _hold = interrupt::hold();
    let lock = Lock::take(place)?;
    let state = State::read(place)?;
    if to.is_none()
        && let Some(begun) = state.next
    {
        let goal = match state.lost {
            Some(lost) => Goal::Generation(before(&state, lost)?),
            None => state.current.map_or(Goal::Nothing, Goal::Generation),
        };
        let mut done = switch(place, &lock, &state, goal, &Earlier::default())?;
        done.earlier = Some(Turn::Undone(begun));
        return Ok(done);
    }
    let (lock, earlier) = Earlier::finish(place, lock)?;
    let state = State::read(place)?;
    let Some(current) = state.current.or(state.lost) else {
        bail!("nothing is installed, so there is nothing to go back from");
    };
    let number = to.map_or_else(|| before(&state, current), Ok)?;
    if !state.generations.contains(&number) {
        let all: Vec<_> = state.generations.iter().map(ToString::to_string).collect();
        bail!(
            "there is no generation {number}: there are {}",
            all.join(", ")
        );
    }
    let mut done = switch(place, &lock, &state, Goal::Generation(number), &earlier)?;
    done.earlier = earlier.finished.map(Turn::Finished);
    Ok(done)
}

/// The generation before this one. Fails if it is the first.
fn before(state: &State, number: u64) -> Result<u64> {
    let earlier = state
        .generations
        .iter()
        .rev()
        .find(|other| **other < number);
    earlier.copied().with_context(|| {
        format!(
            "generation {number} is the first: there is none to go back to (--uninstall removes everything)"
        )
    })
}

/// Removes everything that was installed.
pub fn uninstall(place: &Place) -> Result<Done> {
    let _hold = interrupt::hold();
    let state = State::read(place)?;
    if state.current.or(state.lost).is_none() && state.next.is_none() {
        bail!("nothing is installed in {}", place.state().display());
    }
    let lock = Lock::take(place)?;
    let state = State::read(place)?;
    let earlier = Earlier::find(place, &state);
    switch(place, &lock, &state, Goal::Nothing, &earlier)
}

/// Brings the directory of units to what a generation has, or to nothing.
pub(super) fn switch(
    place: &Place,
    lock: &Lock,
    state: &State,
    goal: Goal,
    earlier: &Earlier,
) -> Result<Done> {
    let owned = Owned::read(place, state)?;
    let (wanted, manifest) = match goal {
        Goal::Nothing => (BTreeMap::new(), None),
        Goal::Generation(number) => {
            let directory = place.generation(number);
            let manifest = Manifest::read(&directory)?;
            // First, so that no path can be collected once it was found.
            Keeper::of(place, &manifest.store_dir)?.keep(number, &manifest.roots)?;
            checks::refuse_missing_paths(place, manifest.roots.iter())?;
            (generation::read(&directory, &manifest)?, Some(manifest))
        }
    };
    let plan = Plan::new(place, &owned, &wanted)?;
    let commands = left(place, &earlier.since(&plan.changes, &wanted), &wanted)?;
    let staged = apply::stage(place, &plan.changes)?;
    lock.begin(place, goal)?;
    let mut directories: BTreeSet<String> = owned
        .manifests
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
        for store in stores(&owned)? {
            if let Ok(keeper) = Keeper::of(place, &store) {
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
        warnings: checks::lost(place, state, &wanted)?,
    })
}

/// The stores whose paths were kept for these generations.
fn stores(owned: &Owned) -> Result<BTreeSet<StoreDir>> {
    let listed = owned.manifests.iter();
    let mut stores: BTreeSet<_> = listed.map(|manifest| manifest.store_dir.clone()).collect();
    if owned.is_incomplete {
        // That of the generation that is lost, unless Nix was built with another one.
        stores.insert(StoreDir::parse("/nix/store")?);
    }
    Ok(stores)
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
        if place.has_manager() {
            units::reload(place.manager())?;
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

/// The commands that changes leave to the user.
pub(super) fn left(
    place: &Place,
    changes: &Changes,
    files: &BTreeMap<String, Vec<u8>>,
) -> Result<Vec<Command>> {
    let now = if place.has_manager() {
        Some(units::now(place.manager(), &asked(changes, files))?)
    } else {
        None
    };
    Ok(commands(changes, files, now.as_ref()))
}
