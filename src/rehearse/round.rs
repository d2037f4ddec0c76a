//! A round: services tried in a fresh guest.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::files::UnitFiles;
use super::groups::groups;
use super::instances::Instances;
use super::tracing::{prepare, traces};
use super::tree::Tree;
use super::trial::Script;
use super::trials::Trials;
use super::views::{View, obstacle};
use crate::guest::{Excess, Guest, Setup};
use crate::observe::{Calls, Touched, Trace, Tracer};
use crate::service::{Service, UnitName, boolean};
use crate::systemd::{self, Specifiers};

/// As many services are tried at once for each processor: most of their time passes in waiting.
const AT_ONCE: usize = 6;
const LIMIT: Duration = Duration::from_secs(60);

/// Where services are tried, and what is done with them.
#[derive(Clone, Debug)]
pub struct Stage {
    /// The tree that guests boot on.
    pub root: PathBuf,
    /// More of this machine that they see.
    pub with: Vec<PathBuf>,
    /// Whether they use the network of this machine.
    pub has_network: bool,
    /// The directory of the store.
    pub store: PathBuf,
    /// What is done with each service.
    pub script: Script,
    /// The directory for what the guest wrote, if that is kept.
    pub keep: Option<PathBuf>,
}

/// What is recorded of services while they are tried, if their units are made for it.
#[derive(Clone, Copy, Debug)]
pub enum Recorder<'a> {
    /// Nothing.
    Nothing,
    /// Calls.
    Tracer(&'a Tracer, Calls),
    /// The files of the store that they open and execute.
    Views,
}

/// What came of a round.
#[derive(Debug, Default)]
pub struct Played {
    /// How each service behaved.
    pub trials: BTreeMap<UnitName, Trials>,
    /// What strace saw of each, if they were traced.
    pub traces: BTreeMap<UnitName, Trace>,
    /// What each touched in the store, if that was recorded.
    pub touched: BTreeMap<UnitName, Touched>,
    /// Why it was not, though it should have been.
    pub obstacle: Option<String>,
    /// The version of the guest's systemd; 0 if it is not known.
    pub systemd: u32,
    /// When the trial of each ended.
    pub ended: BTreeMap<UnitName, Instant>,
    /// The units that were ended because they used too much.
    pub excesses: Vec<Excess>,
}

impl Stage {
    /// The files that services see.
    pub fn tree(&self) -> Tree<'_> {
        Tree {
            root: &self.root,
            with: &self.with,
            store: &self.store,
        }
    }

    /// Boots a guest with these units.
    pub fn boot(&self, files: &UnitFiles) -> Result<Guest> {
        Guest::boot(Setup {
            name: String::new(),
            place: PathBuf::new(),
            root: self.root.clone(),
            units: files.path().to_owned(),
            with: self.with.clone(),
            has_network: self.has_network,
            store: self.store.clone(),
        })
        .context("cannot boot a guest to rehearse in")
    }

    /// Tries services in one guest, in which they may disturb each other.
    pub(super) fn play_once(
        &self,
        files: &UnitFiles,
        services: &BTreeMap<&UnitName, &Service>,
        recorder: Recorder<'_>,
        done: &(dyn Fn(usize) + Sync),
    ) -> Result<Played> {
        let guest = self.boot(files)?;
        let guard = guest.guard();
        create_users(&guest, services, &self.script.instances)?;
        let mut obstacle_of_views = None;
        match recorder {
            Recorder::Tracer(tracer, _) => prepare(&guest, tracer, services.keys().copied())?,
            Recorder::Views => obstacle_of_views = obstacle(&guest, &self.store)?,
            Recorder::Nothing => {}
        }
        let has_views = matches!(recorder, Recorder::Views) && obstacle_of_views.is_none();
        let groups = groups(services, &self.script.instances);
        let (next, count) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let trials: Mutex<BTreeMap<UnitName, (Trials, Instant)>> = Mutex::default();
        let touched: Mutex<BTreeMap<UnitName, Touched>> = Mutex::default();
        let obstacle_of_views = Mutex::new(obstacle_of_views);
        let work = || -> Result<()> {
            while let Some(group) = groups.get(next.fetch_add(1, Ordering::SeqCst)) {
                for name in group {
                    let view = has_views.then(|| View::open(&guest, &self.store, name));
                    let trial = self.script.run(&guest, name)?;
                    match view.map(|view| view.and_then(View::close)) {
                        Some(Ok(seen)) => {
                            if let Ok(mut touched) = touched.lock() {
                                touched.insert((*name).clone(), seen);
                            }
                        }
                        Some(Err(error)) => {
                            if let Ok(mut obstacle) = obstacle_of_views.lock() {
                                obstacle.get_or_insert_with(|| format!("{name}: {error:#}"));
                            }
                        }
                        None => {}
                    }
                    if let Ok(mut trials) = trials.lock() {
                        trials.insert((*name).clone(), (trial, Instant::now()));
                    }
                    done(count.fetch_add(1, Ordering::SeqCst) + 1);
                }
            }
            Ok(())
        };
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let workers = groups.len().min(cores * AT_ONCE);
        side_by_side(&vec![(); workers], |()| work())?;
        let excesses = guard.finish();
        let traces = match recorder {
            Recorder::Tracer(..) => traces(&guest, services.keys().copied())?,
            Recorder::Nothing | Recorder::Views => BTreeMap::new(),
        };
        if let Some(directory) = &self.keep {
            guest.keep(directory)?;
        }
        let trials = trials.into_inner().unwrap_or_default().into_iter();
        let (trials, ended) = trials
            .map(|(name, (trials, at))| ((name.clone(), trials), (name, at)))
            .unzip();
        Ok(Played {
            trials,
            traces,
            touched: touched.into_inner().unwrap_or_default(),
            obstacle: obstacle_of_views.into_inner().unwrap_or_default(),
            systemd: version(&guest)?,
            ended,
            excesses,
        })
    }
}

/// A name for files of a service in a guest. It has no character that a path or a bind can't have, or that systemd would expand.
pub fn plain_name(name: &UnitName) -> String {
    let plain = name.as_str().chars().map(|c| {
        if c.is_ascii_alphanumeric() || "-_.@".contains(c) {
            c
        } else {
            '_'
        }
    });
    plain.collect()
}

/// Does the same with each of these at the same time: it is mostly waiting.
pub fn side_by_side<I: Sync, O: Send>(
    all: &[I],
    each: impl Fn(&I) -> Result<O> + Sync,
) -> Result<Vec<O>> {
    let each = &each;
    thread::scope(|scope| {
        let threads: Vec<_> = all
            .iter()
            .map(|one| scope.spawn(move || each(one)))
            .collect();
        let ended = threads.into_iter().map(|thread| match thread.join() {
            Ok(result) => result,
            Err(_) => bail!("a thread of the rehearsal ended"),
        });
        ended.collect()
    })
}

/// The version of a guest's systemd; 0 if it is not known.
fn version(guest: &Guest) -> Result<u32> {
    let printed = guest.run(["systemctl", "--version"], LIMIT)?.output;
    Ok(systemd::version(&printed).unwrap_or_default())
}

/// Creates the users that services run as and the tree does not have: on the target machine, its configuration creates them.
fn create_users(
    guest: &Guest,
    services: &BTreeMap<&UnitName, &Service>,
    instances: &Instances,
) -> Result<()> {
    let is_name = |name: &&str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
    };
    let mut lines = BTreeSet::new();
    let mut create = |kind: char, names: Option<&str>| {
        let names = names.into_iter().flat_map(str::split_whitespace);
        lines.extend(names.filter(is_name).map(|name| format!("{kind} {name} -")));
    };
    for (name, service) in services {
        for settings in service.triggered_by.values() {
            create('u', settings.value("SocketUser"));
            create('g', settings.value("SocketGroup"));
        }
        let settings = &service.settings;
        let is_dynamic = settings.value("DynamicUser").and_then(boolean) == Some(true);
        if is_dynamic {
            continue;
        }
        for unit in instances.units(name) {
            let expanded = |text: &str| Specifiers::of(unit).expanded(text);
            let mut create = |kind, name: Option<&str>| create(kind, name.map(expanded).as_deref());
            create('u', settings.value("User"));
            create('g', settings.value("Group"));
            for groups in settings.list("SupplementaryGroups") {
                create('g', Some(groups));
            }
        }
    }
    if !lines.is_empty() {
        let command = ["systemd-sysusers".to_owned(), "--inline".to_owned()];
        guest.run(command.into_iter().chain(lines), LIMIT)?;
    }
    Ok(())
}
