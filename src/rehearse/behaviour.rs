//! How a service behaved, and how that differs from another time.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// How a service behaved when it was started, watched, reloaded and stopped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Behaviour {
    /// Whether `systemctl start` succeeded.
    pub starts: bool,
    /// Its state after it was watched, in systemd's words (`active (running)`).
    pub state: String,
    /// `Result=` then (`success`, `exit-code`, `timeout` …).
    pub result: String,
    /// The exit status of its main process, if that ended: a number, or the name of a signal's cause.
    pub status: Option<String>,
    /// Whether systemd restarted it while it was watched.
    pub restarts: bool,
    /// Whether all conditions of the unit were met.
    pub meets_conditions: bool,
    /// Whether a reload succeeded and it was still active; `None` if it can't be reloaded.
    pub reloads: Option<bool>,
    /// The sockets on which it listened (`tcp 0.0.0.0:80`, `unix /run/a.sock`).
    pub listens: BTreeSet<String>,
    /// The exit code of the user's own probe; `None` without one.
    pub probe: Option<i32>,
    /// `Result=` after it was stopped.
    pub stop: String,
}

impl Behaviour {
    /// Whether it did what a service should: only then can another time be compared with it.
    pub fn is_good(&self) -> bool {
        let ends_well = self.state.starts_with("active") || self.state.starts_with("inactive");
        self.starts
            && self.meets_conditions
            && ends_well
            && self.result == "success"
            && !self.restarts
    }

    /// Whether it started and was still as it should be when it had been watched.
    pub fn is_up(&self) -> bool {
        self.starts && self.result == "success" && !self.restarts
    }

    /// What is different from `control`, each as a phrase about this behaviour; empty if nothing is.
    pub fn differences(&self, control: &Self) -> Vec<String> {
        if self == control {
            return Vec::new();
        }
        let mut phrases = Vec::new();
        if self.is_up() != control.is_up() || self.state != control.state {
            phrases.push(self.account());
        } else if self.status != control.status {
            phrases.push(format!(
                "its main process ends with {}, not {}",
                shown(self.status.as_deref()),
                shown(control.status.as_deref())
            ));
        }
        let is_up = self.is_up() && control.is_up();
        if is_up && self.reloads != control.reloads {
            phrases.push("it can't be reloaded".to_owned());
        }
        if is_up {
            for socket in control.listens.difference(&self.listens) {
                phrases.push(format!("it does not listen on {socket}"));
            }
        }
        if is_up && self.probe != control.probe {
            let code =
                |probe: Option<i32>| probe.map_or("none".to_owned(), |code| code.to_string());
            phrases.push(format!(
                "the probe exits with {}, not {}",
                code(self.probe),
                code(control.probe)
            ));
        }
        if is_up && self.stop != control.stop {
            phrases.push(format!(
                "it stops with the result {}, not {}",
                self.stop, control.stop
            ));
        }
        phrases
    }

    /// What happened, in a phrase.
    pub fn account(&self) -> String {
        if !self.meets_conditions {
            return "a condition of the unit is not met".to_owned();
        }
        let status = match &self.status {
            Some(status) => format!(", status {status}"),
            None => String::new(),
        };
        if self.restarts {
            return format!("it fails and is restarted ({}{status})", self.result);
        }
        if self.result != "success" {
            return format!("it fails ({}{status})", self.result);
        }
        if !self.starts {
            return format!("it does not start ({}{status})", self.state);
        }
        format!("it is {}{status}", self.state)
    }
}

fn shown(status: Option<&str>) -> &str {
    status.unwrap_or("nothing")
}
