//! What will not work, as data.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::ports::Ports;
use super::sight::Sight;
use crate::code::Code;
use crate::finding::Remedy;
use crate::inspect::Environment;
use crate::store::{below, mentions};

/// One thing that will not work.
pub(super) struct Trouble {
    pub code: Code,
    /// See [`crate::finding::Finding::subject`].
    pub subject: String,
    /// What is the matter, in a sentence without full stop.
    pub message: String,
    /// Whether it is no more than likely.
    pub is_uncertain: bool,
    /// What fixes it, the best first.
    pub remedies: Vec<Remedy>,
    /// The command, if the trouble is that it is not on `PATH`.
    pub lacking: Option<Lacking>,
    /// The file, if the trouble is that it can't be made in its directory.
    pub made: Option<String>,
    /// Whether it matters only to a service that listens on a port below 1024.
    pub is_of_low_ports: bool,
}

impl Trouble {
    /// A certain one that nothing is known to fix.
    pub fn new(code: Code, subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code,
            subject: subject.into(),
            message: message.into(),
            is_uncertain: false,
            remedies: Vec::new(),
            lacking: None,
            made: None,
            is_of_low_ports: false,
        }
    }

    /// The same, and uncertain if `is_uncertain`.
    pub fn uncertain_if(mut self, is_uncertain: bool) -> Self {
        self.is_uncertain |= is_uncertain;
        self
    }

    /// The same, with these remedies after those that it has.
    pub fn fixed_by(mut self, remedies: impl IntoIterator<Item = Remedy>) -> Self {
        self.remedies.extend(remedies);
        self
    }
}

/// A command that was not found.
pub(super) struct Lacking {
    /// Its name.
    pub command: String,
    /// The `PATH` that the script sets for itself, if it does not keep the unit's.
    pub own_path: Option<Vec<String>>,
    /// Directories that the script puts before the unit's `PATH`.
    pub added: Vec<String>,
}

impl Lacking {
    /// One that is looked for on the `PATH` of this environment; `unit`: that of the unit.
    pub fn of(command: &str, environment: &Environment, unit: &Environment) -> Self {
        // The C library and most shells look in /bin where the variable is not set.
        let path = if environment.has_path() {
            environment.path().unwrap_or_default()
        } else {
            vec!["/bin".to_owned()]
        };
        let units = unit.path().unwrap_or_default();
        let keeps = !units.is_empty() && units.iter().all(|dir| path.contains(dir));
        let (own_path, added) = if keeps {
            let is_new = |dir: &String| !units.contains(dir);
            (None, path.into_iter().filter(is_new).collect())
        } else {
            (Some(path), Vec::new())
        };
        Self {
            command: command.to_owned(),
            own_path,
            added,
        }
    }
}

/// What is seen of the unit, or of one of its commands with all that it starts.
#[derive(Default)]
pub(super) struct Outlook {
    /// What will not work, in the order of discovery.
    pub troubles: Vec<Trouble>,
    /// Store paths that are named and not in the closure, with where each is named first.
    pub named: BTreeMap<String, String>,
    /// The scripts that are run.
    pub texts: String,
    /// The configurations that have been read: the program, and the path in the root.
    pub configured: BTreeSet<(String, String)>,
    /// Files that have been made, each with the one that it has its content of.
    pub copies: BTreeMap<String, String>,
    /// Files and directories that were not there before, and have been made.
    pub made: BTreeSet<String>,
    /// Directories that can't be made, each with what lets them be made.
    pub unmade: Vec<(String, Vec<Remedy>)>,
    /// Whether a program that root starts changes to another user.
    pub becomes: bool,
    /// The ports that commands, scripts and configurations name.
    pub ports: Ports,
    /// Sources that others have read in.
    pub read_in: BTreeSet<String>,
    /// The calls that have been followed.
    pub calls: BTreeSet<Called>,
}

/// A call of a program.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Called {
    /// The path of the program, if it is known.
    pub path: Option<String>,
    pub arguments: Vec<Option<String>>,
    /// The directory that it is in, if it is known.
    pub directory: Option<String>,
    pub is_uncertain: bool,
}

/// As many sources that others read in are read.
const MAX_READ_IN: usize = 40;

/// As many copies are noted.
const MAX_COPIES: usize = 200;

/// As many calls of one command of the unit are followed.
const MAX_CALLS: usize = 2000;

impl Outlook {
    /// Whether a call is to be followed: it has not been before, and there are not too many.
    pub fn followed(&mut self, called: Called) -> bool {
        self.calls.len() < MAX_CALLS && self.calls.insert(called)
    }

    /// Notes that a file is made of another. What is copied to a directory has the same name there.
    pub fn copy(&mut self, from: &str, to: String) {
        if self.copies.len() >= MAX_COPIES {
            return;
        }
        let name = from.rsplit('/').next().unwrap_or_default();
        let within = format!("{}/{name}", to.trim_end_matches('/'));
        self.copies.insert(within, from.to_owned());
        self.copies.insert(to, from.to_owned());
    }

    /// Notes that a file or directory is made.
    pub fn makes(&mut self, path: &str) {
        if self.made.len() < MAX_COPIES {
            self.made.insert(path.trim_end_matches('/').to_owned());
        }
    }

    /// Whether a file has been made, or may have been made in a directory that has.
    pub fn has_made(&self, path: &str) -> bool {
        !self.made.is_empty()
            && Path::new(path).ancestors().any(|above| {
                let above = above.to_str().unwrap_or_default();
                self.made.contains(above)
            })
    }

    /// Gives a trouble with a path below a directory that can't be made the remedies of that directory, which has no other place.
    pub fn below_unmade(&mut self, path: &str, is_directory: bool, trouble: &mut Trouble) {
        let mut unmade = self.unmade.iter();
        if let Some((_, remedies)) = unmade.find(|(dir, _)| below(path, dir).is_some()) {
            trouble.remedies.clone_from(remedies);
        } else if is_directory && self.unmade.len() < MAX_COPIES {
            let remedies = trouble.remedies.clone();
            self.unmade.push((path.to_owned(), remedies));
        }
    }

    /// Whether a source that another one reads in is to be read: it has not been before, and there are not too many.
    pub fn reads_in(&mut self, path: &str) -> bool {
        self.read_in.len() < MAX_READ_IN && self.read_in.insert(path.to_owned())
    }

    /// Adds one trouble.
    pub fn say(&mut self, trouble: Trouble) {
        self.troubles.push(trouble);
    }

    /// Notes the ports in a text, and the store paths that are not in the closure. `place`: where the text is.
    pub fn note(&mut self, sight: &Sight, place: &str, text: &str) {
        self.ports.note(text);
        let dir = sight.inside.store_dir();
        let closure = &sight.confined.closure().paths;
        for mention in mentions(text, dir) {
            if closure.iter().any(|path| path.hash() == mention.hash) {
                continue;
            }
            // A sentence may end behind the name.
            let name = mention.name.trim_end_matches('.');
            let path = format!("{}/{}-{name}", dir.as_str(), mention.hash);
            self.named.entry(path).or_insert_with(|| place.to_owned());
        }
    }
}
