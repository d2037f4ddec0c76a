//! How a service behaved, and how that differs from another time.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::guest::Resource;

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
    /// What it used so much of that it was ended.
    #[serde(skip)]
    pub exceeds: Option<Resource>,
}

impl Behaviour {
    /// Whether it did what a service should: only then can another time be compared with it.
    pub fn is_good(&self) -> bool {
        let ends_well = self.state.starts_with("active") || self.state.starts_with("inactive");
        self.is_up() && self.meets_conditions && ends_well
    }

    /// Whether it started and was still as it should be when it had been watched.
    pub fn is_up(&self) -> bool {
        self.starts && self.result == "success" && !self.restarts && self.exceeds.is_none()
    }

    /// What is different from `control`, each as a phrase about this behaviour; empty if nothing is.
    pub fn differences(&self, control: &Self) -> Vec<String> {
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
        // What works better with confinement was disturbed by another service.
        if is_up && control.reloads == Some(true) && self.reloads != control.reloads {
            phrases.push("it can't be reloaded".to_owned());
        }
        if is_up {
            let own: BTreeSet<String> = self.listens.iter().map(|socket| lasting(socket)).collect();
            let missing = control
                .listens
                .iter()
                .filter(|socket| !own.contains(&lasting(socket)));
            phrases.extend(missing.map(|socket| format!("it does not listen on {socket}")));
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
        if is_up && self.stop != control.stop && self.stop != "success" {
            phrases.push(format!(
                "it stops with the result {}, not {}",
                self.stop, control.stop
            ));
        }
        phrases
    }

    /// What happened, in a phrase.
    pub fn account(&self) -> String {
        if let Some(resource) = self.exceeds {
            return resource.account().to_owned();
        }
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

/// A socket without what changes from time to time: the parts with digits of a Unix socket's name may be numbers of processes, or random.
fn lasting(socket: &str) -> String {
    let Some(name) = socket.strip_prefix("unix ") else {
        return socket.to_owned();
    };
    let mut lasting = String::new();
    for part in name.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let word = part.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        if word.contains(|c: char| c.is_ascii_digit()) {
            lasting.push('#');
            lasting.push_str(&part[word.len()..]);
        } else {
            lasting.push_str(part);
        }
    }
    lasting
}

fn shown(status: Option<&str>) -> &str {
    status.unwrap_or("nothing")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listening(socket: &str) -> Behaviour {
        Behaviour {
            starts: true,
            state: "active (running)".to_owned(),
            result: "success".to_owned(),
            meets_conditions: true,
            listens: [socket.to_owned()].into(),
            stop: "success".to_owned(),
            ..Behaviour::default()
        }
    }

    #[test]
    fn what_is_different_is_told() {
        let control = listening("tcp 127.0.0.1:80");
        assert_eq!(control.differences(&control), [""; 0]);
        let failed = Behaviour {
            state: "failed (failed)".to_owned(),
            result: "exit-code".to_owned(),
            status: Some("1".to_owned()),
            ..control.clone()
        };
        assert_eq!(
            failed.differences(&control),
            ["it fails (exit-code, status 1)"]
        );
        let deaf = Behaviour {
            listens: BTreeSet::new(),
            ..control.clone()
        };
        assert_eq!(
            deaf.differences(&control),
            ["it does not listen on tcp 127.0.0.1:80"]
        );
        let stuck = Behaviour {
            reloads: Some(false),
            ..control.clone()
        };
        let reloading = Behaviour {
            reloads: Some(true),
            ..control
        };
        assert_eq!(stuck.differences(&reloading), ["it can't be reloaded"]);
        assert_eq!(reloading.differences(&stuck), [""; 0]);
        let untidy = Behaviour {
            stop: "exit-code".to_owned(),
            ..reloading.clone()
        };
        assert_eq!(
            untidy.differences(&reloading),
            ["it stops with the result exit-code, not success"]
        );
        assert_eq!(reloading.differences(&untidy), [""; 0]);
    }

    #[test]
    fn numbers_and_random_parts_in_names_of_sockets_do_not_count() {
        for names in [
            ["unix /run/a.17.sock", "unix /run/a.204.sock"],
            ["unix /run/a/sock.cb7ac388.0", "unix /run/a/sock.5604931e.0"],
        ] {
            let [first, second] = names.map(listening);
            assert_eq!(first.differences(&second), [""; 0]);
        }
        let [first, second] = ["unix /run/a.sock", "unix /run/b.sock"].map(listening);
        assert_eq!(
            first.differences(&second),
            ["it does not listen on unix /run/b.sock"]
        );
        let [first, second] = ["tcp 0.0.0.0:80", "tcp 0.0.0.0:81"].map(listening);
        assert_eq!(first.differences(&second).len(), 1);
    }
}
