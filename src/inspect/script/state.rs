//! What a script knows at a place: its variables and options.

use std::collections::{BTreeMap, BTreeSet};

use crate::inspect::{Environment, Variable};

/// What a script does if a command fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// That is not known.
    Matters,
    /// It goes on.
    Handled,
    /// It does something else, and nobody hears of the failure.
    Silent,
}

/// Variables that shells set themselves.
const OF_SHELL: [&str; 27] = [
    "BASH",
    "BASHPID",
    "BASH_ARGV0",
    "BASH_SOURCE",
    "BASH_VERSION",
    "COLUMNS",
    "DIRSTACK",
    "EPOCHSECONDS",
    "EUID",
    "FUNCNAME",
    "GROUPS",
    "HOSTNAME",
    "HOSTTYPE",
    "IFS",
    "LINENO",
    "LINES",
    "MACHTYPE",
    "OLDPWD",
    "OPTARG",
    "OPTIND",
    "OSTYPE",
    "PPID",
    "PWD",
    "RANDOM",
    "REPLY",
    "SECONDS",
    "UID",
];

/// No more variables of a script are followed.
const MAX_VARIABLES: usize = 100;

/// No longer value is, in bytes.
const MAX_VALUE: usize = 32 * 1024;

/// No more words of an array are.
const MAX_WORDS: usize = 500;

/// Words; `None` for one that only the running script knows.
pub(super) type Words = Vec<Option<String>>;

/// A value, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Known(String),
    Unset,
    Unknown,
}

/// Variables and options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct State {
    /// All variables, whether programs get them or not.
    environment: Environment,
    /// Those that programs do not get.
    own: BTreeSet<String>,
    arrays: BTreeMap<String, Words>,
    /// What is known of the values of others, from their beginning.
    beginnings: BTreeMap<String, String>,
    /// `$1` and those that follow; `None` if it is not known how many there are.
    pub positional: Option<Words>,
    /// Whether a command that fails ends the script.
    pub errexit: bool,
    /// Whether a pipe fails with any of its commands.
    pub pipefail: bool,
    /// Whether a pattern without a match is no word.
    pub nullglob: bool,
    /// The working directory.
    pub directory: Option<String>,
    /// Whether the last command was successful.
    pub status: Option<bool>,
}

impl State {
    pub fn new(environment: &Environment, positional: Option<Words>, errexit: bool) -> Self {
        Self {
            environment: environment.clone(),
            own: BTreeSet::new(),
            arrays: BTreeMap::new(),
            beginnings: BTreeMap::new(),
            positional,
            errexit,
            pipefail: false,
            nullglob: false,
            directory: None,
            status: Some(true),
        }
    }

    /// The variables that a program gets.
    pub fn environment(&self) -> Environment {
        let mut environment = self.environment.clone();
        for name in &self.own {
            environment.unset(name);
        }
        environment
    }

    pub fn variable(&self, name: &str) -> Value {
        match self.environment.variable(name) {
            Variable::Known(value) => Value::Known(value.to_owned()),
            Variable::Unset if self.arrays.contains_key(name) => {
                match self.arrays.get(name).and_then(|words| words.first()) {
                    Some(Some(word)) => Value::Known(word.clone()),
                    _ => Value::Unknown,
                }
            }
            Variable::Unset if !OF_SHELL.contains(&name) => Value::Unset,
            _ => Value::Unknown,
        }
    }

    pub fn array(&self, name: &str) -> Option<&Words> {
        self.arrays.get(name)
    }

    /// Assigns to a variable; `None` is what only the running script knows.
    pub fn assign(&mut self, name: &str, value: Option<String>) {
        // The shell looks for programs in PATH whether they get it or not.
        let is_new = self.environment.variable(name) == Variable::Unset && name != "PATH";
        if is_new {
            if self.own.len() >= MAX_VARIABLES {
                return self.open();
            }
            self.own.insert(name.to_owned());
        }
        self.arrays.remove(name);
        self.beginnings.remove(name);
        let value = value.filter(|value| value.len() <= MAX_VALUE);
        self.environment.set(name, value);
    }

    /// Notes how the value of a variable begins of which not all is known.
    pub fn begin(&mut self, name: &str, beginning: Option<String>) {
        let beginning = beginning.filter(|beginning| beginning.len() <= MAX_VALUE);
        if let Some(beginning) = beginning.filter(|_| self.beginnings.len() < MAX_VARIABLES) {
            self.beginnings.insert(name.to_owned(), beginning);
        }
    }

    /// How the value of a variable begins of which not all is known.
    pub fn beginning(&self, name: &str) -> &str {
        self.beginnings.get(name).map_or("", String::as_str)
    }

    pub fn assign_array(&mut self, name: &str, words: Option<Words>) {
        self.assign(name, None);
        let size = |words: &Words| words.iter().flatten().map(String::len).sum::<usize>();
        let is_small = |words: &Words| words.len() <= MAX_WORDS && size(words) <= MAX_VALUE;
        if let Some(words) = words.filter(|it| self.arrays.len() < MAX_VARIABLES && is_small(it)) {
            self.environment.unset(name);
            self.arrays.insert(name.to_owned(), words);
        }
    }

    /// Sets `$1` and those that follow.
    pub fn set_positional(&mut self, words: &[Option<String>]) {
        let size: usize = words.iter().flatten().map(String::len).sum();
        let is_small = words.len() <= MAX_WORDS && size <= MAX_VALUE;
        self.positional = is_small.then(|| words.to_vec());
    }

    pub fn unset(&mut self, name: &str) {
        self.arrays.remove(name);
        self.beginnings.remove(name);
        self.environment.unset(name);
    }

    /// Gives a variable the value that it had before.
    pub fn restore(&mut self, name: &str, before: &Self) {
        self.beginnings.remove(name);
        match before.variable(name) {
            Value::Known(value) => self.environment.set(name, Some(value)),
            Value::Unset => self.unset(name),
            Value::Unknown => self.environment.set(name, None),
        }
    }

    /// Goes to a directory; `None` is one that only the running script knows.
    pub fn go_to(&mut self, path: Option<&str>) {
        let before = self.directory.take();
        self.directory = path.and_then(|path| at(before.as_deref(), path));
    }

    /// The absolute path of a file.
    pub fn absolute(&self, path: &str) -> Option<String> {
        at(self.directory.as_deref(), path)
    }

    /// Has programs get a variable.
    pub fn export(&mut self, name: &str) {
        self.own.remove(name);
    }

    /// From here on any variable may have another value, and any name may be a command.
    pub fn open(&mut self) {
        self.environment.open();
        self.own.clear();
        self.arrays.clear();
        self.beginnings.clear();
    }

    /// What is known if the script comes from either of two places.
    pub fn join(&mut self, other: &Self) {
        if self == other {
            return;
        }
        for name in self.environment.differences(&other.environment) {
            self.environment.set(&name, None);
        }
        self.own.retain(|name| other.own.contains(name));
        self.beginnings
            .retain(|name, beginning| other.beginnings.get(name) == Some(beginning));
        let arrays = std::mem::take(&mut self.arrays);
        for (name, words) in arrays {
            if other.arrays.get(&name) == Some(&words) {
                self.arrays.insert(name, words);
            } else {
                self.environment.set(&name, None);
            }
        }
        for name in other.arrays.keys() {
            if !self.arrays.contains_key(name) {
                self.environment.set(name, None);
            }
        }
        if self.positional != other.positional {
            self.positional = None;
        }
        if self.directory != other.directory {
            self.directory = None;
        }
        if self.status != other.status {
            self.status = None;
        }
        self.errexit &= other.errexit;
        self.pipefail &= other.pipefail;
        self.nullglob |= other.nullglob;
    }
}

/// A path as seen from a directory.
fn at(directory: Option<&str>, path: &str) -> Option<String> {
    let is_plain = !path.is_empty() && !path.split('/').any(|part| part == "..");
    if !is_plain || path.starts_with('/') {
        return path.starts_with('/').then(|| path.to_owned());
    }
    let path = path.trim_start_matches("./");
    directory.map(|directory| format!("{}/{path}", directory.trim_end_matches('/')))
}
