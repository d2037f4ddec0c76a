//! Installs a target.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};

use super::earlier::{Earlier, Owned};
use super::keep::Keeper;
use super::plan::Plan;
use super::state::Lock;
use super::switch::{complete, left};
use super::{Changes, Command, Content, Goal, Manifest, Place, State, apply, checks, generation};
use crate::bundle::{Digest, seal};
use crate::document::Workshop;
use crate::interrupt;
use crate::source::Whole;
use crate::store::StorePath;

/// How many generations are kept. Each keeps its store paths from garbage collection.
const KEPT: usize = 10;

/// What is to be installed.
pub struct New<'a> {
    /// The target, as the user named it.
    pub target: &'a str,
    /// The bundle with its services.
    pub whole: &'a Whole,
    /// The store paths that have to be kept from garbage collection.
    pub roots: &'a BTreeSet<StorePath>,
}

/// What was done.
#[derive(Debug)]
pub struct Done {
    /// What an earlier run began and did not end, and what became of it.
    pub earlier: Option<Turn>,
    /// What is installed now.
    pub now: Goal,
    /// The changes in the directory of units; empty if everything was as it should be.
    pub changes: Changes,
    /// What the user has to do for it to take effect.
    pub commands: Vec<Command>,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// What would be done.
#[derive(Debug)]
pub struct Preview {
    /// Whether an earlier run was interrupted, and would be finished first.
    pub is_interrupted: bool,
    /// The changes in the directory of units.
    pub changes: Changes,
    /// What the user would have to do then.
    pub commands: Vec<Command>,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// What became of something that an earlier run began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It was finished.
    Finished(Goal),
    /// It was undone.
    Undone(Goal),
}

/// What would be done if this was installed.
pub fn preview(place: &Place, new: &New) -> Result<Preview> {
    let content = Content::of(new.whole)?;
    Keeper::of(place, &new.whole.planned.bundle.store_dir)?;
    let state = State::read(place)?;
    let owned = Owned::read(place, &state)?;
    let plan = planned(place, new, &content, &owned)?;
    let since = Earlier::find(place, &state).since(&plan.changes, &content.files);
    let mut warnings = checks::replaced(place, &content.files);
    warnings.extend(checks::lost(place, &state, &content.files)?);
    Ok(Preview {
        is_interrupted: state.next.is_some(),
        commands: left(place, &since, &content.files)?,
        warnings,
        changes: plan.changes,
    })
}

/// What has to change, if it can be installed.
fn planned(place: &Place, new: &New, content: &Content, owned: &Owned) -> Result<Plan> {
    let bundle = &new.whole.planned.bundle;
    let plan = Plan::new(place, owned, &content.files)?;
    checks::refuse_other_architectures(place, bundle)?;
    checks::refuse_drop_ins_without_unit(place, bundle, &content.files, &plan.changes)?;
    Ok(plan)
}

/// Installs a bundle with the units of its services.
pub fn install(place: &Place, new: &New) -> Result<Done> {
    let _hold = interrupt::hold();
    let content = Content::of(new.whole)?;
    let (lock, earlier) = Earlier::finish(place, Lock::take(place)?)?;
    let state = State::read(place)?;
    let owned = Owned::read(place, &state)?;
    let plan = planned(place, new, &content, &owned)?;
    let bundle = &new.whole.planned.bundle;
    let keeper = Keeper::of(place, &bundle.store_dir)?;
    keeper.keep_only(&state.kept())?;
    let mut manifest = Manifest::new(new.target, &bundle.store_dir, seconds());
    manifest.files = digests(&content.files);
    manifest.directories.clone_from(&plan.directories);
    manifest.roots.clone_from(new.roots);
    manifest.seal = Some(seal(bundle)?);
    let number = state.new_number(place)?;
    let goal = Goal::Generation(number);
    let since = earlier.since(&plan.changes, &content.files);
    let mut done = Done {
        earlier: earlier.finished.map(Turn::Finished),
        now: goal,
        commands: left(place, &since, &content.files)?,
        warnings: checks::replaced(place, &content.files),
        changes: plan.changes,
    };
    // If something is installed, its manifest is the only one.
    if let Some((number, current)) = state.current.zip(owned.manifests.first())
        && current.is_same(&manifest)
        && done.changes.is_empty()
    {
        keeper.keep(number, new.roots)?;
        done.now = Goal::Generation(number);
        return Ok(done);
    }
    let prepare = || {
        // First, so that no path can be collected once it was found.
        keeper.keep(number, new.roots)?;
        let paths = bundle.paths.keys().chain(new.roots);
        checks::refuse_missing_paths(place, paths)?;
        let workshop = Workshop::within(&place.generations())
            .with_context(|| format!("cannot write to {}", place.generations().display()))?;
        let written = workshop.new_path();
        generation::write(&written, &new.whole.planned, &content, &manifest)?;
        let staged = apply::stage(place, &done.changes)?;
        interrupt::check()?;
        lock.begin(place, goal)?;
        // With this, the generation is complete, and what was begun is finished by whoever comes next.
        fs::rename(&written, place.generation(number))
            .and_then(|()| apply::flush(&place.generations()))
            .with_context(|| format!("cannot create {}", place.generation(number).display()))?;
        Ok((workshop, staged))
    };
    let (workshop, staged) = match prepare() {
        Ok(prepared) => prepared,
        Err(error) => {
            // What went wrong first is told.
            let _ = lock.forget(place);
            let _ = keeper.keep_only(&state.kept());
            return Err(error);
        }
    };
    let mut directories = plan.directories;
    let owned = owned.manifests.into_iter();
    directories.extend(owned.flat_map(|manifest| manifest.directories));
    complete(place, &lock, goal, staged, &directories)?;
    let lost = checks::lost(place, &state, &content.files)?;
    done.warnings.extend(lost);
    workshop
        .close()
        .context("everything is installed, but temporary files could not be removed")?;
    prune(place, &keeper)?;
    Ok(done)
}

/// Removes the oldest generations.
fn prune(place: &Place, keeper: &Keeper) -> Result<()> {
    let state = State::read(place)?;
    let (old, kept) = state
        .generations
        .split_at(state.generations.len().saturating_sub(KEPT));
    let mut kept = kept.to_vec();
    for number in old {
        if Some(*number) == state.current {
            kept.push(*number);
            continue;
        }
        let directory = place.generation(*number);
        // Renamed first, so that no run that is killed leaves one by half.
        let remove = || {
            let workshop = Workshop::within(&place.generations())?;
            fs::rename(&directory, workshop.new_path())?;
            workshop.close()
        };
        remove().with_context(|| format!("cannot remove {}", directory.display()))?;
    }
    keeper.keep_only(&kept)
}

fn digests(files: &BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Digest> {
    files
        .iter()
        .map(|(path, content)| (path.clone(), Digest::of(content)))
        .collect()
}

fn seconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_secs())
}
