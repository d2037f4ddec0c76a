//! What nix does while it builds, read from its log in JSON (`--log-format internal-json`).
//!
//! A line is `@nix ` and an object. Its activities and results are numbered in Nix's `src/libutil/logging.hh`; the numbers have been the
//! same since Nix 2.0. What is not understood is ignored.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::store::StorePath;
use crate::text::{bytes, count};

/// What precedes the object.
pub const PREFIX: &str = "@nix ";

/// Types of activities.
const COPY_PATH: u64 = 100;
const FILE_TRANSFER: u64 = 101;
const COPY_PATHS: u64 = 103;
const BUILDS: u64 = 104;
const BUILD: u64 = 105;

/// Types of results.
const BUILD_LOG_LINE: u64 = 101;
const PROGRESS: u64 = 105;
const SET_EXPECTED: u64 = 106;
const POST_BUILD_LOG_LINE: u64 = 107;

/// How many builds are named.
const MAX_NAMED: usize = 3;

/// What the object of a line may have.
#[derive(Deserialize)]
#[serde(tag = "action", rename_all = "lowercase")]
enum Event {
    Start {
        id: u64,
        #[serde(rename = "type")]
        kind: u64,
        #[serde(default)]
        fields: Vec<Value>,
    },
    Stop {
        id: u64,
    },
    Result {
        id: u64,
        #[serde(rename = "type")]
        kind: u64,
        #[serde(default)]
        fields: Vec<Value>,
    },
    Msg {
        msg: String,
    },
}

/// What an activity is about.
enum Activity {
    /// A derivation is built.
    Build(String),
    /// Derivations are built.
    Builds,
    /// Paths are substituted or copied.
    Copies,
    /// A path is copied; so many bytes have arrived.
    Copy(u64),
    /// A file is downloaded: where from, and how many bytes have arrived, of how many.
    Download(String, (u64, u64)),
}

/// The activities of one run of nix.
#[derive(Default)]
pub struct Activities {
    running: BTreeMap<u64, Activity>,
    /// How many derivations are built, of how many.
    built: (u64, u64),
    /// How many paths are copied, of how many.
    copied: (u64, u64),
    /// How many bytes have arrived of paths that are copied whole.
    arrived: u64,
    /// How many bytes all paths have.
    expected: u64,
    /// When the first path began to be copied, since the start of nix.
    copying_since: Option<Duration>,
}

impl Activities {
    /// Reads what follows [`PREFIX`] in a line that came so long after the start. Returns what nix would have printed in its usual format, if
    /// anything.
    pub fn read(&mut self, json: &str, elapsed: Duration) -> Option<String> {
        match serde_json::from_str(json).ok()? {
            Event::Start { id, kind, fields } => {
                let activity = match kind {
                    BUILD => Activity::Build(name(fields.first()?.as_str()?)),
                    BUILDS => Activity::Builds,
                    COPY_PATHS => Activity::Copies,
                    COPY_PATH => Activity::Copy(0),
                    FILE_TRANSFER => {
                        Activity::Download(fields.first()?.as_str()?.to_owned(), (0, 0))
                    }
                    _ => return None,
                };
                if matches!(activity, Activity::Copy(_)) {
                    self.copying_since.get_or_insert(elapsed);
                }
                self.running.insert(id, activity);
            }
            Event::Stop { id } => {
                if let Some(Activity::Copy(arrived)) = self.running.remove(&id) {
                    self.arrived = self.arrived.saturating_add(arrived);
                }
            }
            Event::Result { id, kind, fields } => return self.learn(id, kind, &fields),
            Event::Msg { msg } => return Some(without_colours(&msg)),
        }
        None
    }

    fn learn(&mut self, id: u64, kind: u64, fields: &[Value]) -> Option<String> {
        let number = |index: usize| fields.get(index).and_then(Value::as_u64);
        match kind {
            BUILD_LOG_LINE | POST_BUILD_LOG_LINE => {
                return Some(without_colours(fields.first()?.as_str()?));
            }
            PROGRESS => {
                let counts = (number(0)?, number(1)?);
                match self.running.get_mut(&id)? {
                    Activity::Builds => self.built = counts,
                    Activity::Copies => self.copied = counts,
                    Activity::Copy(arrived) => *arrived = counts.0,
                    Activity::Download(_, arrived) => *arrived = counts,
                    Activity::Build(_) => {}
                }
            }
            SET_EXPECTED if number(0)? == COPY_PATH => self.expected = number(1)?,
            _ => {}
        }
        None
    }

    /// What nix does, so long after its start; `None` if it neither builds nor copies nor downloads.
    pub fn sentence(&self, elapsed: Duration) -> Option<String> {
        let copies = self.copies(elapsed);
        // A path is copied by downloading it.
        let downloads = if copies.is_some() {
            None
        } else {
            self.downloads()
        };
        let parts: Vec<_> = [self.builds(), copies, downloads]
            .into_iter()
            .flatten()
            .collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    fn downloads(&self) -> Option<String> {
        let mut running = self.running.values().filter_map(|activity| match activity {
            Activity::Download(address, (arrived, expected)) => {
                Some((address, *arrived, *expected))
            }
            _ => None,
        });
        let (address, arrived, expected) = running.next()?;
        let size = match expected {
            expected if expected > arrived => format!("{} of {}", bytes(arrived), bytes(expected)),
            _ => bytes(arrived),
        };
        Some(match running.count() {
            0 => format!("downloading {address}, {size}"),
            more => format!("downloading {address}, {size}, and {more} more"),
        })
    }

    fn builds(&self) -> Option<String> {
        let running = self.running.values().filter_map(|activity| match activity {
            Activity::Build(name) => Some(name.as_str()),
            _ => None,
        });
        let running: Vec<_> = running.collect();
        let (built, expected) = self.built;
        let last = u64::try_from(running.len()).unwrap_or(u64::MAX);
        let last = built.saturating_add(last);
        let number = match expected {
            _ if running.is_empty() => return None,
            0 | 1 => String::new(),
            expected => format!(" {last} of {}", expected.max(last)),
        };
        let mut named = running[..running.len().min(MAX_NAMED)].join(", ");
        if let more @ 1.. = running.len().saturating_sub(MAX_NAMED) {
            named.extend([" and ", &more.to_string(), " more"]);
        }
        Some(match number.as_str() {
            "" => format!("building {named}"),
            number => format!("building{number}: {named}"),
        })
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "a rate is shown with one decimal"
    )]
    fn copies(&self, elapsed: Duration) -> Option<String> {
        let copying = self.running.values().filter_map(|activity| match activity {
            Activity::Copy(arrived) => Some(*arrived),
            _ => None,
        });
        let copying: Vec<_> = copying.collect();
        if copying.is_empty() {
            return None;
        }
        let arrived = copying
            .iter()
            .fold(self.arrived, |sum, bytes| sum.saturating_add(*bytes));
        let (copied, paths) = self.copied;
        let what = match paths {
            0 => count(copying.len(), "store path"),
            paths => format!("{copied} of {paths} store paths"),
        };
        let size = match self.expected {
            expected if expected >= arrived => format!("{} of {}", bytes(arrived), bytes(expected)),
            _ => bytes(arrived),
        };
        let begun = self.copying_since.unwrap_or_default();
        let rate = match elapsed.saturating_sub(begun).as_secs_f64() {
            seconds if seconds >= 1.0 => {
                format!(", {}/s", bytes((arrived as f64 / seconds) as u64))
            }
            _ => String::new(),
        };
        Some(format!("copying {what}, {size}{rate}"))
    }
}

/// The name of a derivation.
fn name(path: &str) -> String {
    let name = match StorePath::parse(path) {
        Ok(path) => path.name().to_owned(),
        Err(_) => path.to_owned(),
    };
    name.strip_suffix(".drv").unwrap_or(&name).to_owned()
}

/// A text without the escape sequences that select colours (ECMA-48, SGR).
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_digit() && c != ';');
        if let Some(end) = end.filter(|end| part[*end..].starts_with('m')) {
            plain.push_str(&part[end + 1..]);
        } else {
            plain.extend(["\u{1b}[", part]);
        }
    }
    plain
}

#[cfg(test)]
mod tests;
