//! What the user has to do for an installation to take effect: confinix starts, stops and enables nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::Changes;
use super::manifest::unit_of;
use super::unit_text::{Renewal, UnitText};
use super::units::Now;
use crate::confine::is_of_views;
use crate::service::TriggerKind;

/// A command of systemctl.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The verb, with its options.
    pub verb: &'static str,
    /// The units.
    pub units: Vec<String>,
    /// What it is for.
    pub why: Why,
}

/// What a command is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// They are new, and are to be started now and at boot.
    New,
    /// They are new, and nothing starts them.
    NewAlone,
    /// What enables them has changed.
    EnabledOtherwise,
    /// They run, and a socket that starts them has to be restarted, which systemd does not do meanwhile.
    SocketChanged,
    /// They run as they were before.
    Changed,
    /// They run as they were before, and are reloaded instead of restarted.
    ChangedReload,
    /// They run as they were before, and are not to be restarted without need.
    ChangedLater,
    /// They still run, and are not installed any more.
    Removed,
    /// Links to them are left.
    RemovedEnabled,
}

impl Why {
    /// All of them, in the order in which the commands are typed.
    pub const ALL: [Self; 9] = [
        Self::Removed,
        Self::RemovedEnabled,
        Self::EnabledOtherwise,
        Self::New,
        Self::NewAlone,
        Self::SocketChanged,
        Self::Changed,
        Self::ChangedReload,
        Self::ChangedLater,
    ];

    fn verb(self) -> &'static str {
        match self {
            Self::New => "enable --now",
            Self::NewAlone => "start",
            Self::EnabledOtherwise => "reenable",
            Self::Changed | Self::ChangedLater => "restart",
            Self::ChangedReload => "reload",
            Self::Removed | Self::SocketChanged => "stop",
            Self::RemovedEnabled => "disable",
        }
    }
}

/// The commands for changes. `files`: everything that is installed then. `now`: the units before; `None` if the system does not run.
pub fn commands(
    changes: &Changes,
    files: &BTreeMap<String, Vec<u8>>,
    now: Option<&Now>,
) -> Vec<Command> {
    let mut by_reason: BTreeMap<Why, BTreeSet<String>> = BTreeMap::new();
    let nothing = Now::default();
    let units = Units::new(changes, files, now.unwrap_or(&nothing));
    for unit in affected(changes) {
        for (why, name) in units.of(unit) {
            by_reason.entry(why).or_default().insert(name);
        }
    }
    let command = |why: Why| {
        let units = by_reason.get(&why)?.iter().cloned().collect();
        let verb = match (why, now) {
            (Why::New, None) => "enable",
            // Without a running system there is nothing to start.
            (Why::NewAlone, None) => return None,
            _ => why.verb(),
        };
        Some(Command { verb, units, why })
    };
    Why::ALL.into_iter().filter_map(command).collect()
}

/// The units whose state decides about the commands: those that changes are about, and what changed sockets start.
pub fn asked(changes: &Changes, files: &BTreeMap<String, Vec<u8>>) -> BTreeSet<String> {
    let now = Now::default();
    let units = Units::new(changes, files, &now);
    let affected = affected(changes);
    let sockets = affected.iter().filter(|unit| unit.ends_with(".socket"));
    let started: BTreeSet<String> = sockets.flat_map(|unit| units.started_by(unit)).collect();
    let affected = affected.into_iter().map(str::to_owned);
    affected.chain(started).collect()
}

/// The units that changes are about, without those that systemd manages by itself: they mount views.
fn affected(changes: &Changes) -> BTreeSet<&str> {
    let units = changes.keys().map(|path| unit_of(path));
    units.filter(|unit| !is_of_views(unit)).collect()
}

struct Units<'a> {
    changes: &'a Changes,
    files: &'a BTreeMap<String, Vec<u8>>,
    now: &'a Now,
    /// The services that sockets, timers and paths start which are installed.
    started: BTreeSet<String>,
}

impl<'a> Units<'a> {
    fn new(changes: &'a Changes, files: &'a BTreeMap<String, Vec<u8>>, now: &'a Now) -> Self {
        let mut units = Self {
            changes,
            files,
            now,
            started: BTreeSet::new(),
        };
        let starters = files.keys().filter(|path| {
            TriggerKind::ALL
                .iter()
                .any(|kind| path.ends_with(kind.suffix()))
        });
        units.started = starters.flat_map(|unit| units.started_by(unit)).collect();
        units
    }

    fn of(&self, unit: &str) -> Vec<(Why, String)> {
        let active = self.active(unit);
        let one = |why| vec![(why, unit.to_owned())];
        let each = |why| active.iter().map(move |name| (why, name.clone()));
        if self.is_removed(unit) {
            let mut all: Vec<_> = each(Why::Removed).collect();
            if self.now.enabled.contains(unit) {
                all.extend(one(Why::RemovedEnabled));
            }
            return all;
        }
        let is_new = self.is_own(unit) && self.changes_of(unit).all(|change| change.old.is_none());
        let text = self.text(unit);
        if is_new && active.is_empty() {
            return if text.can_be_enabled() {
                one(Why::New)
            } else if unit.ends_with(".service")
                && !unit.contains("@.")
                && !self.started.contains(unit)
            {
                one(Why::NewAlone)
            } else {
                Vec::new()
            };
        }
        let mut all = Vec::new();
        if self.now.enabled.contains(unit) && self.old_text(unit).install() != text.install() {
            all.extend(one(Why::EnabledOtherwise));
        }
        let why = match text.renewal() {
            Renewal::Reload => Why::ChangedReload,
            Renewal::RestartLater => Why::ChangedLater,
            Renewal::Restart => Why::Changed,
        };
        all.extend(each(why));
        if unit.ends_with(".socket") && !active.is_empty() {
            let services = self.started_by(unit).into_iter();
            let services = services.filter(|service| self.now.active.contains(service));
            all.extend(services.map(|service| (Why::SocketChanged, service)));
        }
        all
    }

    /// The unit if it is active, and its active instances.
    fn active(&self, unit: &str) -> Vec<String> {
        let is = |name: &&String| {
            *name == unit
                || unit
                    .split_once("@.")
                    .is_some_and(|(prefix, kind)| is_instance(name, prefix, kind))
        };
        self.now.active.iter().filter(is).cloned().collect()
    }

    fn changes_of(&self, unit: &str) -> impl Iterator<Item = &super::Change> {
        of_unit(self.changes, unit).map(|(_, change)| change)
    }

    fn is_removed(&self, unit: &str) -> bool {
        let change = self.changes.get(unit);
        change.is_some_and(|change| change.new.is_none())
    }

    /// Whether its unit file, or that of its template, is installed.
    fn is_own(&self, unit: &str) -> bool {
        let template = unit
            .split_once('@')
            .and_then(|(prefix, rest)| Some(format!("{prefix}@.{}", rest.rsplit_once('.')?.1)));
        self.files.contains_key(unit)
            || template.is_some_and(|template| self.files.contains_key(&template))
    }

    fn text<'u>(&'u self, unit: &'u str) -> UnitText<'u> {
        let files = of_unit(self.files, unit);
        UnitText::new(unit, files.map(|(_, content)| content.as_slice()).collect())
    }

    /// The same before.
    fn old_text<'u>(&'u self, unit: &'u str) -> UnitText<'u> {
        let changed = of_unit(self.changes, unit);
        let changed = changed.filter_map(|(path, change)| Some((path, change.old.as_deref()?)));
        let kept = of_unit(self.files, unit);
        let kept = kept.filter(|(path, _)| !self.changes.contains_key(*path));
        let files: BTreeMap<_, _> = kept
            .map(|(path, content)| (path, content.as_slice()))
            .chain(changed)
            .collect();
        UnitText::new(unit, files.into_values().collect())
    }

    /// The services that a socket, a timer or a path starts.
    fn started_by(&self, unit: &str) -> Vec<String> {
        self.text(unit).starts()
    }
}

/// The entries of a unit's files: its own, and its drop-ins.
fn of_unit<'m, V>(
    files: &'m BTreeMap<String, V>,
    unit: &str,
) -> impl Iterator<Item = (&'m String, &'m V)> {
    let drop_ins = format!("{unit}.d/");
    let own = files.get_key_value(unit).into_iter();
    let behind = files.range(drop_ins.clone()..);
    own.chain(behind.take_while(move |(path, _)| path.starts_with(&drop_ins)))
}

fn is_instance(name: &str, prefix: &str, kind: &str) -> bool {
    let rest = name
        .strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('@'));
    rest.and_then(|rest| rest.strip_suffix(kind))
        .and_then(|rest| rest.strip_suffix('.'))
        .is_some_and(|instance| !instance.is_empty())
}
