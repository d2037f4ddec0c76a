//! A migration, step by step.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, bail, ensure};

use super::body;
use super::decision::Decision;
use super::excepts::{Excepts, unknown};
use super::file::{Form, Written};
use super::fixed_point::{self, Settled};
use super::gain::{Gains, gains};
use super::held::identity;
use super::migration::{Fate, Migrated, Migration};
use super::place::{excepted_elsewhere, place, unneeded};
use super::plan::plan;
use super::rehearsed;
use crate::change::Site;
use crate::config::Config;
use crate::exposure::Gauge;
use crate::progress::Progress;
use crate::rehearse;
use crate::service::{Selection, Service, UnitName};
use crate::source::{Gathered, Request};
use crate::store::mentions;
use crate::unfit::stays_out;

/// What is to be migrated, and how.
pub struct Task<'a> {
    /// The request of the services.
    pub request: &'a Request,
    /// The services.
    pub gathered: &'a Gathered,
    /// The `confinix.toml`, without what an earlier migration wrote there.
    pub config: &'a Config,
    /// The services to migrate; if it is empty, all.
    pub only: &'a Selection,
    /// Those that stay out by the user's word.
    pub excepts: &'a Excepts,
    /// How they are rehearsed; `None` to do with what foresight reads.
    pub rehearsal: Option<&'a rehearse::Options>,
    /// Whether comments tell where each thing was found.
    pub has_evidence: bool,
    /// What rates their exposure.
    pub gauge: &'a dyn Gauge,
    /// Where progress goes.
    pub progress: &'a Progress,
}

/// A service before it is known what comes of it.
enum Waiting {
    /// This is decided.
    Decided(Decision),
    /// Its block, which still holds.
    Held(Decision),
    /// It has to be looked at.
    Open,
}

/// Migrates services, for `file`, of which `before` is the content.
pub fn migrate(task: &Task, file: &Path, before: Option<&(String, Written)>) -> Result<Migration> {
    let all = &task.gathered.services;
    task.excepts.check(all, task.config)?;
    ensure!(
        all.manager.is_system(),
        "confinix can only migrate services of the system, and these are of user managers"
    );
    let site = Site {
        source: all.source,
        manager: all.manager,
        store: all.store_dir.clone(),
    };
    let form = Form::of(all.source);
    let old = before.map_or_else(|| Written::new(form), |(_, written)| written.clone());
    task.excepts.check_blocks(file, form, &old)?;
    let gone = gone(task, file, &old)?;
    let services = selected(task)?;
    task.excepts.check_meant(&services)?;
    let mut waiting = BTreeMap::new();
    for (name, service) in &services {
        waiting.insert(name.clone(), before_looking(task, name, service, &old)?);
    }
    let open: BTreeMap<UnitName, Service> = waiting
        .iter()
        .filter(|(_, waiting)| matches!(waiting, Waiting::Open))
        .map(|(name, _)| (name.clone(), services[name].clone()))
        .collect();
    let mut settled = match task.rehearsal {
        _ if open.is_empty() => BTreeMap::new(),
        Some(options) => rehearsed::settle(task, options, &open, &site)?,
        None => fixed_point::settle(task, &open, &site)?,
    };
    let outs = templates_out(&waiting, &settled);
    let mut new = old.clone();
    new.blocks.retain(|name, _| !gone.contains(name));
    let mut migrated = BTreeMap::new();
    let mut made = BTreeMap::new();
    for (name, waiting) in waiting {
        let service = &services[&name];
        // An exception for a template is for its instances too.
        let out = name.template().and_then(|template| outs.get(&template));
        let decision = match waiting {
            Waiting::Held(decision) if out.is_none() || !decision.is_confined() => {
                // What its lines bring is known only if they have no effect on its closure and its settings.
                let is_plain =
                    matches!(&decision, Decision::Confined { entries, .. } if entries.is_empty());
                if is_plain {
                    made.insert(name.clone(), service.clone());
                }
                migrated.insert(name, Migrated::new(decision, Fate::Same));
                continue;
            }
            Waiting::Held(decision) | Waiting::Decided(decision) => decision,
            Waiting::Open => match settled.remove(&name) {
                Some(Settled { decision, service }) => {
                    if decision.is_confined() {
                        made.insert(name.clone(), service);
                    }
                    decision
                }
                None => Decision::out("nothing is known of it: a run that was interrupted"),
            },
        };
        let decision = match out {
            Some(reason) if excepted(task, &name, &old).is_none() => Decision::out(reason),
            _ => decision,
        };
        let decision = if task.has_evidence {
            decision
        } else {
            decision.without_evidence()
        };
        let placed = place(task, &name, service, decision, form, &old);
        match placed.block {
            Some(block) => new.blocks.insert(name.clone(), block),
            None => new.blocks.remove(&name),
        };
        migrated.insert(name, placed.migrated);
    }
    let gains = gained(task, &made)?;
    for (name, gain) in gains.services {
        if let Some(service) = migrated.get_mut(&name) {
            service.gain = Some(gain);
        }
    }
    let text = new.text();
    Ok(Migration {
        file: file.to_owned(),
        is_changed: before.is_none_or(|(before, _)| *before != text),
        text,
        is_rehearsed: task.rehearsal.is_some(),
        services: migrated,
        gone,
        unneeded: unneeded(task, &old, &services),
        systemd: gains.systemd,
        unknown: gains.unknown,
    })
}

/// The templates that stay out, with their reasons.
fn templates_out(
    waiting: &BTreeMap<UnitName, Waiting>,
    settled: &BTreeMap<UnitName, Settled>,
) -> BTreeMap<UnitName, String> {
    let templates = waiting.iter().filter(|(name, _)| name.is_template());
    let out = templates.filter_map(|(name, waiting)| {
        let decision = match waiting {
            Waiting::Decided(decision) | Waiting::Held(decision) => decision,
            Waiting::Open => &settled.get(name)?.decision,
        };
        match decision {
            Decision::Out { reason, .. } => Some((name.clone(), reason.clone())),
            Decision::Confined { .. } => None,
        }
    });
    out.collect()
}

/// The services that run something of the store, and are to be migrated.
fn selected(task: &Task) -> Result<BTreeMap<UnitName, Service>> {
    let mut taken = task.gathered.services.clone();
    task.only.apply(&mut taken)?;
    let dir = taken.store_dir.clone();
    let mut services = taken.services;
    services.retain(|_, service| {
        let mut lines = service.exec.values().flatten();
        lines.any(|line| mentions(&line.text, &dir).next().is_some())
    });
    if services.is_empty() {
        bail!(
            "none of the services runs a program of the store {dir}: there is nothing to migrate"
        );
    }
    Ok(services)
}

/// The services of blocks that nobody edited and that do not exist any more. An edited one is an error.
fn gone(task: &Task, file: &Path, old: &Written) -> Result<Vec<UnitName>> {
    let services = &task.gathered.services;
    let mut gone = Vec::new();
    for (name, block) in &old.blocks {
        let is_meant = task.only.is_empty() || task.only.takes(name);
        if services.services.contains_key(name) || !is_meant {
            continue;
        }
        if block.is_edited() || block.is_given() {
            bail!(
                "{}:{}: the block is for {name}, {}",
                file.display(),
                block.line,
                unknown(name, services)
            );
        }
        gone.push(name.clone());
    }
    Ok(gone)
}

/// What is known of a service without looking at what it will find in its root.
fn before_looking(
    task: &Task,
    name: &UnitName,
    service: &Service,
    old: &Written,
) -> Result<Waiting> {
    if let Some(reason) = excepted(task, name, old) {
        return Ok(Waiting::Decided(Decision::out(reason)));
    }
    let block = old.blocks.get(name);
    if let Some(block) = block.filter(|block| block.is_given()) {
        let told =
            || Decision::out("its block was edited, and confinix can't read the reason in it");
        return Ok(Waiting::Held(body::read(&block.body).unwrap_or_else(told)));
    }
    let written = block.filter(|block| !block.is_edited());
    let before = written.and_then(|block| body::read(&block.body));
    if let (Some(block), Some(decision)) = (written, before) {
        // A template may have been tried as another instance.
        let mut asked = task.only.exact();
        let is_asked = asked.any(|asked| asked.template().as_ref() == Some(name));
        let is_same = block.rehearsed() == Some(identity(service, &decision).as_str());
        if is_same && !is_asked {
            return Ok(Waiting::Held(decision));
        }
    }
    let dir = &task.gathered.services.store_dir;
    let reason = stays_out(name, service, dir, &*task.gathered.files)?;
    Ok(reason.map_or(Waiting::Open, |reason| {
        Waiting::Decided(Decision::out(reason))
    }))
}

/// The reason for which a service stays out by the user's word, outside of the blocks.
fn excepted<'a>(task: &'a Task, name: &UnitName, old: &Written) -> Option<&'a str> {
    let in_config = || Some(task.config.excepts.get(name)?.reason.as_str());
    let elsewhere = || Some(excepted_elsewhere(task, name, old)?.reason.as_str());
    task.excepts
        .reason(name)
        .or_else(in_config)
        .or_else(elsewhere)
}

/// What services gain with their changes.
fn gained(task: &Task, made: &BTreeMap<UnitName, Service>) -> Result<Gains> {
    if made.is_empty() {
        return Ok(Gains::default());
    }
    task.progress.step("measuring what is gained");
    let (planned, _) = plan(task.request, &task.gathered.services, made)?;
    gains(&planned.bundle, &*task.gathered.files, task.gauge)
}
