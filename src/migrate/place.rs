//! The place of what is decided: a block of the file, or what people wrote there or elsewhere.

use std::collections::BTreeMap;

use super::block::Block;
use super::body;
use super::carried::carried;
use super::decision::{Decision, REHEARSED};
use super::file::{Form, Written};
use super::held::identity;
use super::migration::{Fate, Migrated};
use super::run::Task;
use crate::service::{Service, Unconfined, UnitName};

/// What becomes of a service, and its block.
pub struct Placed {
    /// The block that the file has of it from now on.
    pub block: Option<Block>,
    /// What becomes of it.
    pub migrated: Migrated,
}

/// Finds the place of a decision: a block that is new or replaces one that nobody edited; else it is only told.
pub fn place(
    task: &Task,
    name: &UnitName,
    service: &Service,
    decision: Decision,
    form: Form,
    old: &Written,
) -> Placed {
    let config = task.config;
    let is_taken = |preset: &str| config.presets.contains_key(preset);
    let write = |decision: &Decision| body::write(name, decision, form, &is_taken);
    let before = old.blocks.get(name);
    let told = |decision: Decision, fate, block: Option<&Block>| Placed {
        block: block.cloned(),
        migrated: Migrated::new(decision, fate),
    };
    let edited = before.filter(|block| block.is_edited());
    if let Some(except) = config.excepts.get(name).filter(|_| edited.is_none()) {
        let fate = Fate::Elsewhere(except.place.to_string(), None);
        // What confinix wrote gives way to the exception; what the user gave says the same.
        return told(decision, fate, before.filter(|block| block.is_given()));
    }
    if excepted_elsewhere(task, name, old).is_some() {
        let fate = Fate::Elsewhere("the configuration".to_owned(), None);
        return told(decision, fate, before);
    }
    if !decision.is_confined() && before.is_none() && task.gathered.enabled.contains(name) {
        let place = "the configuration, which confines it".to_owned();
        let lines = write(&decision);
        return told(decision, Fate::Elsewhere(place, Some(lines)), before);
    }
    if let Some(options) = config.services.get(name).filter(|_| form == Form::Toml) {
        let is_met = matches!(&decision, Decision::Confined { entries, .. } if entries.is_empty());
        let lines = (!is_met || !options.enable).then(|| write(&decision));
        let fate = Fate::Elsewhere(options.place.to_string(), lines);
        return told(decision, fate, before);
    }
    if task.excepts.reason(name).is_some() {
        let block = Block::given(name, write(&decision));
        return placed(block, decision, before);
    }
    let unedited = before.filter(|block| !block.is_edited());
    let decision = match unedited.and_then(|block| body::read(&block.body)) {
        Some(before) => carried(&before, decision, form, task.rehearsal.is_some()),
        None => decision,
    };
    let is_from_rehearsal = task.rehearsal.is_some() && !is_known_kind(&decision);
    let rehearsed = is_from_rehearsal.then(|| identity(service, &decision));
    let block = Block::written(name, write(&decision), rehearsed);
    match edited {
        Some(edited) => {
            let is_news = !edited.is_as_written(&block) && edited.body != block.body;
            let lines = is_news.then(|| block.body.clone());
            told(decision, Fate::Edited(lines), Some(edited))
        }
        None => placed(block, decision, before),
    }
}

/// Whether a decision does not depend on a rehearsal.
fn is_known_kind(decision: &Decision) -> bool {
    matches!(decision, Decision::Out { reason, .. } if !reason.starts_with(REHEARSED))
}

fn placed(block: Block, decision: Decision, before: Option<&Block>) -> Placed {
    let fate = match before {
        None => Fate::New,
        Some(before) if before.mark() == block.mark() && before.body == block.body => Fate::Same,
        Some(_) => Fate::Replaced,
    };
    Placed {
        block: Some(block),
        migrated: Migrated::new(decision, fate),
    }
}

/// The exceptions that are not needed, since their services run nothing of the store. `services`: those that are migrated.
pub fn unneeded(
    task: &Task,
    old: &Written,
    services: &BTreeMap<UnitName, Service>,
) -> BTreeMap<UnitName, String> {
    let mut unneeded = BTreeMap::new();
    for (name, except) in &task.gathered.excepted {
        let why = except.unneeded.filter(|_| !old.blocks.contains_key(name));
        unneeded.extend(why.map(|why| {
            let told = format!("its exception in the configuration is not needed: {why}");
            (name.clone(), told)
        }));
    }
    let in_config = task.config.excepts.iter();
    let in_config = in_config.map(|(name, except)| (name, format!("at {}", except.place)));
    let given = old.blocks.iter().filter(|(_, block)| block.is_given());
    let given = given.map(|(name, _)| (name, "in its block".to_owned()));
    for (name, place) in in_config.chain(given) {
        let is_meant = task.only.is_empty() || task.only.takes(name);
        if is_meant && !services.contains_key(name) {
            let told =
                format!("its exception {place} is not needed: it runs no program of the store");
            unneeded.insert(name.clone(), told);
        }
    }
    unneeded
}

/// The exception of a service that the NixOS configuration has outside of the file.
pub fn excepted_elsewhere<'a>(
    task: &'a Task,
    name: &UnitName,
    old: &Written,
) -> Option<&'a Unconfined> {
    let is_ours = old.blocks.contains_key(name);
    let excepted = task.gathered.excepted.get(name).filter(|_| !is_ours);
    excepted.filter(|except| except.unneeded.is_none())
}
