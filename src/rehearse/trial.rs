//! One trial: a unit of a guest is started, watched, reloaded and stopped.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::behaviour::Behaviour;
use super::instances::Instances;
use super::processes::is_at_work;
use super::sockets::listening;
use super::trials::Trials;
use crate::guest::Guest;
use crate::interrupt;
use crate::service::{TriggerKind, UnitName};

/// How long a start may take. systemd's own limit in a guest is shorter.
const START: Duration = Duration::from_secs(120);
/// How long anything else may take.
const OTHER: Duration = Duration::from_secs(60);
/// A reloaded service is looked at after this time.
const SETTLE: Duration = Duration::from_millis(300);
/// A watched service is looked at this often, to see whether it ended.
const LOOK: Duration = Duration::from_secs(1);
/// One that is at work when its time is over may only be slow: it is watched up to so many times as long.
const SLOW: u32 = 3;
/// It no longer is when it waits for something twice at this distance.
const CALM: Duration = Duration::from_millis(200);
/// As many lines of the journal are kept.
const LINES: &str = "60";

const PROPERTIES: &str = "ActiveState,SubState,Result,ExecMainCode,ExecMainStatus,NRestarts,ConditionResult,ControlGroup,CanReload";

/// What is to be done with each service.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// How long it is watched after its start.
    pub watched: Duration,
    /// Services that need not be watched for longer than this.
    pub enough: BTreeMap<UnitName, Duration>,
    /// The units that are started for services.
    pub instances: Instances,
    /// A command of the user, run by a shell in the guest while it is watched; `$UNIT` is its name.
    pub probe: Option<String>,
}

/// What came of a trial.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trial {
    /// How it behaved.
    pub behaviour: Behaviour,
    /// The last lines of its journal.
    pub journal: Vec<String>,
    /// How long it was watched until it ended or the time was over.
    pub watched: Duration,
}

impl Script {
    /// Tries a service, or the instances of a template.
    pub fn run(&self, guest: &Guest, name: &UnitName) -> Result<Trials> {
        let units = self.instances.units(name).iter();
        let enough = self.enough.get(name).copied().unwrap_or(Duration::MAX);
        let watched = self.watched.min(enough);
        let trials = units.map(|unit| Ok((unit.clone(), self.run_unit(guest, unit, watched)?)));
        Ok(Trials::of(trials.collect::<Result<_>>()?))
    }

    /// Tries a unit. It is stopped before and afterwards.
    fn run_unit(&self, guest: &Guest, name: &UnitName, watched: Duration) -> Result<Trial> {
        let unit = name.as_str();
        let sockets = sockets(guest, unit)?;
        // Another one may have started it.
        guest.run(["systemctl", "stop", "--", unit], OTHER)?;
        of_sockets(guest, "start", &sockets)?;
        let start = guest.run(["systemctl", "start", "--", unit], START)?;
        let started = Instant::now();
        let mut shown = watch(guest, name, watched)?;
        let watched = started.elapsed();
        let mut behaviour = Behaviour {
            starts: start.is_good(),
            ..Behaviour::default()
        };
        if let Some(group) = group(guest, &shown) {
            behaviour.listens = listening(&group);
        }
        if let Some(probe) = &self.probe {
            let unit = format!("UNIT={unit}");
            behaviour.probe = guest.run(["env", &unit, "sh", "-c", probe], OTHER)?.code;
            shown = show(guest, name.as_str())?;
        }
        read(&mut behaviour, &shown);
        if behaviour.is_up()
            && property(&shown, "CanReload") == "yes"
            && property(&shown, "ActiveState") == "active"
        {
            let reload = guest.run(["systemctl", "reload", "--", name.as_str()], OTHER)?;
            thread::sleep(SETTLE);
            let now = show(guest, name.as_str())?;
            behaviour.reloads = Some(reload.is_good() && property(&now, "ActiveState") == "active");
        }
        guest.run(["systemctl", "stop", "--", name.as_str()], OTHER)?;
        property(&show(guest, name.as_str())?, "Result").clone_into(&mut behaviour.stop);
        of_sockets(guest, "stop", &sockets)?;
        Ok(Trial {
            behaviour,
            journal: journal(guest, name.as_str())?,
            watched,
        })
    }
}

/// The control group of a unit; `None` if it has ended.
fn group(guest: &Guest, shown: &BTreeMap<String, String>) -> Option<PathBuf> {
    let group = property(shown, "ControlGroup").trim_start_matches('/');
    // The empty path would be the group of all.
    (!group.is_empty()).then(|| guest.root().join("sys/fs/cgroup").join(group))
}

/// Waits until the time is over or the unit has ended for good. Returns its properties then. A busy machine must not decide how it behaves.
fn watch(guest: &Guest, name: &UnitName, watched: Duration) -> Result<BTreeMap<String, String>> {
    let start = Instant::now();
    loop {
        let shown = show(guest, name.as_str())?;
        let has_ended = matches!(property(&shown, "ActiveState"), "inactive" | "failed");
        let left = watched.saturating_sub(start.elapsed());
        if has_ended {
            return Ok(shown);
        }
        if left.is_zero() {
            let waited = match group(guest, &shown) {
                Some(group) => wait_until_calm(&group, start + watched * SLOW)?,
                None => false,
            };
            return if waited {
                show(guest, name.as_str())
            } else {
                Ok(shown)
            };
        }
        interrupt::check()?;
        thread::sleep(left.min(LOOK));
    }
}

/// Waits until the processes of a group wait for something, but not beyond `end`. Returns whether it took time.
fn wait_until_calm(group: &Path, end: Instant) -> Result<bool> {
    let (mut calm, mut looks) = (0, 0);
    while Instant::now() < end {
        calm = if is_at_work(group) { 0 } else { calm + 1 };
        looks += 1;
        if calm == looks || calm == 2 {
            break;
        }
        interrupt::check()?;
        thread::sleep(CALM);
    }
    Ok(looks > 1)
}

/// The sockets that start a service: systemd hands them to it.
fn sockets(guest: &Guest, unit: &str) -> Result<Vec<String>> {
    let words = ["systemctl", "show", "--property=TriggeredBy", "--", unit];
    let shown = guest.run(words, OTHER)?.output;
    let names = shown
        .trim()
        .strip_prefix("TriggeredBy=")
        .unwrap_or_default();
    let sockets = names
        .split(' ')
        .filter(|name| name.ends_with(TriggerKind::Socket.suffix()));
    Ok(sockets.map(str::to_owned).collect())
}

/// Starts or stops sockets.
fn of_sockets(guest: &Guest, verb: &str, sockets: &[String]) -> Result<()> {
    if !sockets.is_empty() {
        let words = ["systemctl", verb, "--"].into_iter();
        guest.run(words.chain(sockets.iter().map(String::as_str)), OTHER)?;
    }
    Ok(())
}

fn read(behaviour: &mut Behaviour, shown: &BTreeMap<String, String>) {
    behaviour.state = format!(
        "{} ({})",
        property(shown, "ActiveState"),
        property(shown, "SubState")
    );
    property(shown, "Result").clone_into(&mut behaviour.result);
    behaviour.restarts = property(shown, "NRestarts") != "0";
    behaviour.meets_conditions = property(shown, "ConditionResult") == "yes";
    // CLD_EXITED is 1; above are those that signals end.
    behaviour.status = match property(shown, "ExecMainCode") {
        "" | "0" => None,
        "1" => Some(property(shown, "ExecMainStatus").to_owned()),
        _ => Some(format!("signal {}", property(shown, "ExecMainStatus"))),
    };
}

fn show(guest: &Guest, unit: &str) -> Result<BTreeMap<String, String>> {
    let shown = guest.run(
        ["systemctl", "show", "--property", PROPERTIES, "--", unit],
        OTHER,
    )?;
    let pairs = shown.output.lines().filter_map(|line| line.split_once('='));
    Ok(pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect())
}

fn property<'s>(shown: &'s BTreeMap<String, String>, name: &str) -> &'s str {
    shown.get(name).map_or("", String::as_str)
}

fn journal(guest: &Guest, unit: &str) -> Result<Vec<String>> {
    guest.run(["journalctl", "--sync"], OTHER)?;
    let words = [
        "journalctl",
        "--unit",
        unit,
        "--output",
        "cat",
        "--lines",
        LINES,
        "--no-pager",
    ];
    let told = guest.run(words, OTHER)?;
    Ok(told.output.lines().map(str::to_owned).collect())
}
