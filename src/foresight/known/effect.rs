//! What a program does that matters in a root of its own.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::inspect::Environment;

/// Something that a program does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::foresight) enum Effect {
    /// It does something to a file.
    File {
        /// The file's absolute path.
        path: String,
        /// What it does.
        how: Use,
        /// Whether it surely does, and fails if it can't.
        is_certain: bool,
    },
    /// It makes a file that has the content of another one.
    Copies {
        /// The other one's absolute path.
        from: String,
        /// The file's absolute path; that of a directory if it ends with a slash.
        to: String,
    },
    /// It looks up a user or a group.
    LooksUp {
        /// Which.
        name: Name,
        /// What for.
        purpose: Purpose,
        /// Whether it surely does.
        is_certain: bool,
    },
    /// It sets its groups (`setgroups(2)`, `initgroups(3)`), where root starts it.
    SetsGroups,
    /// It changes to another user or group, of which only the running program knows.
    BecomesAnother,
    /// It perhaps does this.
    Perhaps(Box<Effect>),
    /// It needs this capability over the host.
    Needs(String),
    /// It asks PAM.
    AsksPam,
    /// It needs `HOME`, or a user that has a home.
    NeedsHome,
    /// It waits until this file exists, without end.
    WaitsFor(String),
    /// It connects to this socket of the system's log, and fails if it can't.
    Logs(String),
    /// It listens at this port.
    Listens(u16),
    /// It looks up the address of this host, and fails if it can't.
    Resolves(String),
    /// It checks the certificate of this host by the list of authorities, and fails if it can't.
    Verifies(String),
    /// It starts another program.
    Starts(Started),
    /// It has the C library run a command by `/bin/sh` (system(3), popen(3)).
    StartsShell,
    /// It runs a script, which [`super::Knower::read`] is then asked about.
    Runs {
        /// The script.
        script: Source,
        /// The interpreter, as a message calls it.
        by: String,
    },
    /// It does something because it is told so.
    Told {
        /// What tells it: an option, or a place in a configuration.
        by: String,
        /// What it does.
        effect: Box<Effect>,
    },
    /// It reads the configuration at this absolute path, of whose keys nothing is known.
    IsTold(String),
    /// It reads the configuration at this absolute path, which [`super::Knower::read`] is then asked about.
    Configures(String),
}

impl Effect {
    /// It surely does this to a file.
    pub fn file(path: String, how: Use) -> Self {
        Self::File {
            path,
            how,
            is_certain: true,
        }
    }

    /// The same, because of an option, or of a place in a configuration.
    pub fn told_by(self, by: &str) -> Self {
        Self::Told {
            by: by.to_owned(),
            effect: Box::new(self),
        }
    }

    /// The same, and not surely.
    pub fn perhaps(mut self) -> Self {
        match &mut self {
            Self::File { is_certain, .. } | Self::LooksUp { is_certain, .. } => *is_certain = false,
            Self::Starts(started) => started.is_certain = false,
            Self::Told { by, effect } => return effect.clone().perhaps().told_by(by),
            other => return Self::Perhaps(Box::new(other.clone())),
        }
        self
    }

    /// Whether it is that it looks up a user or a group.
    pub fn looks_up_any(&self) -> bool {
        match self {
            Self::LooksUp { .. } => true,
            Self::Told { effect, .. } | Self::Perhaps(effect) => effect.looks_up_any(),
            _ => false,
        }
    }

    /// It surely looks this up to give a file to.
    pub fn gives(name: Name) -> Self {
        Self::LooksUp {
            name,
            purpose: Purpose::Give,
            is_certain: true,
        }
    }

    /// It surely looks this up, and only prints or stores what it finds.
    pub fn looks_up(name: Name) -> Self {
        Self::LooksUp {
            name,
            purpose: Purpose::Tell,
            is_certain: true,
        }
    }
}

/// What a program does to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::foresight) enum Use {
    /// It is named, and perhaps read, written or made.
    Names,
    /// It is read.
    Reads,
    /// This file is made.
    Makes,
    /// This file is made, and the host looks for it.
    MakesForHost,
    /// Another file takes its place.
    Replaces,
    /// This directory is made; `true`: with those that lead to it, and it may be there.
    MakesDirectory(bool),
}

/// Whose name is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::foresight) enum Name {
    /// That of the user that runs the program.
    Own,
    /// This user.
    User(String),
    /// This group.
    Group(String),
    /// A user or a group of which only the running program knows.
    Any,
}

impl Name {
    /// The user of an argument, unless it is root's number or no user.
    pub fn user(text: &str) -> Option<Self> {
        is_name(text).then(|| Self::User(text.to_owned()))
    }

    /// The group of an argument, likewise.
    pub fn group(text: &str) -> Option<Self> {
        is_name(text).then(|| Self::Group(text.to_owned()))
    }
}

/// What languages write for nothing.
const NO_NAMES: [&str; 3] = ["None", "nil", "null"];

fn is_name(text: &str) -> bool {
    !NO_NAMES.contains(&text) && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        || is_number(text) && !text.trim_matches('0').is_empty()
}

/// Whether a user or a group is named by number, which is not looked up.
pub(in crate::foresight) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// What a user or a group is looked up for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::foresight) enum Purpose {
    /// To print or store what is found.
    Tell,
    /// To give a file to.
    Give,
    /// To run as, from then on.
    Become,
    /// The same, even if root does not run it, who alone is allowed to; it goes on where that is denied.
    BecomeAnyway,
    /// To run as, or to run what it starts: it goes on where that fails.
    TryToBecome,
}

/// A program that another one starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::foresight) struct Started {
    /// The name or the path it is called by.
    pub word: String,
    /// Its arguments; `None` for one that is known only at run time.
    pub arguments: Vec<Option<String>>,
    /// Whether it is surely started, and its starter fails if it can't be.
    pub is_certain: bool,
    /// The variables that it gets, `PATH` among them; `None` if those of its starter.
    pub environment: Option<Arc<Environment>>,
    /// The directory that it starts in.
    pub directory: Directory,
    /// Whether its starter ends with it, so that it is the service if its starter is.
    pub is_last: bool,
    /// Whether its starter most likely goes on if it fails.
    pub is_handled: bool,
}

/// The directory that a program starts in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::foresight) enum Directory {
    /// That of its starter.
    #[default]
    OfStarter,
    /// This one.
    At(String),
    /// One that only the running service knows.
    Unknown,
}

impl Started {
    /// A program that is surely started, with the variables of its starter.
    pub fn new(word: impl Into<String>, arguments: Vec<Option<String>>) -> Self {
        Self {
            word: word.into(),
            arguments,
            is_certain: true,
            environment: None,
            directory: Directory::OfStarter,
            is_last: false,
            is_handled: false,
        }
    }

    /// A text that the shell of system(3) runs.
    pub fn by_shell(text: Option<String>) -> Self {
        Self::new("/bin/sh", vec![Some("-c".to_owned()), text])
    }
}

/// A script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::foresight) enum Source {
    /// The one at this path.
    File(String),
    /// This text.
    Text(String),
}

/// What a text has a program do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::foresight) struct Reading {
    /// All that it does.
    pub effects: Vec<Effect>,
    /// The lines of the effects, from 1, as far as they are known.
    pub lines: Vec<usize>,
    /// Paths that it tests before it uses them.
    pub tested: BTreeSet<String>,
}
