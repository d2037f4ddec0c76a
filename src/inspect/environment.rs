//! The environment that a unit sets.

use std::collections::{BTreeMap, BTreeSet};

use super::environment_file::assignments;
use crate::document::Kind;
use crate::service::Settings;
use crate::store::{Resolved, StoreDir, StoreFiles, resolve};
use crate::systemd::{assigned, colon_part, passed, unset};

/// The directories in which systemd looks for a bare name, and the `PATH` of services that don't set it (`DEFAULT_PATH`; NixOS's
/// systemd has only its own package there).
pub const DEFAULT_PATH: [&str; 6] = [
    "/usr/local/sbin",
    "/usr/local/bin",
    "/usr/sbin",
    "/usr/bin",
    "/sbin",
    "/bin",
];

/// Variables that systemd sets for services of some kinds (systemd.exec(5), "Environment Variables in Spawned Processes"), or that the
/// host's configuration sets.
const OF_SYSTEMD: [&str; 42] = [
    "CACHE_DIRECTORY",
    "CONFIGURATION_DIRECTORY",
    "CREDENTIALS_DIRECTORY",
    "EXIT_CODE",
    "EXIT_STATUS",
    "FDSTORE",
    "HOME",
    "INVOCATION_ID",
    "JOURNAL_STREAM",
    "LANG",
    "LANGUAGE",
    "LC_ADDRESS",
    "LC_COLLATE",
    "LC_CTYPE",
    "LC_IDENTIFICATION",
    "LC_MEASUREMENT",
    "LC_MESSAGES",
    "LC_MONETARY",
    "LC_NAME",
    "LC_NUMERIC",
    "LC_PAPER",
    "LC_TELEPHONE",
    "LC_TIME",
    "LISTEN_FDNAMES",
    "LISTEN_FDS",
    "LISTEN_PID",
    "LOGNAME",
    "LOGS_DIRECTORY",
    "MAINPID",
    "MANAGERPID",
    "MEMORY_PRESSURE_WATCH",
    "MEMORY_PRESSURE_WRITE",
    "NOTIFY_SOCKET",
    "PIDFILE",
    "RUNTIME_DIRECTORY",
    "SERVICE_RESULT",
    "SHELL",
    "STATE_DIRECTORY",
    "SYSTEMD_EXEC_PID",
    "USER",
    "WATCHDOG_PID",
    "WATCHDOG_USEC",
];

/// What is known of the environment of a service, or of a program that it starts.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    /// Variables that are set, or perhaps set, to what only the running service knows.
    unknown: BTreeSet<String>,
    /// Whether variables may be set that the unit does not name.
    is_open: bool,
    sets_path: bool,
    /// The environment file that sets `PATH`.
    path_file: Option<String>,
}

impl Environment {
    /// Determines the environment from the settings of a unit and the environment files in the store.
    pub fn of(settings: &Settings, files: &dyn StoreFiles, dir: &StoreDir) -> Self {
        let mut variables = BTreeMap::new();
        let search_path = search_path(settings);
        if !search_path.is_empty() {
            variables.insert("PATH".to_owned(), search_path.join(":"));
        }
        let assigned = assigned(settings);
        let mut unknown = passed(settings);
        unknown.retain(|name| !assigned.contains_key(name));
        variables.extend(assigned);
        let mut is_open = false;
        let mut path_file = None;
        for file in environment_files(settings) {
            let text = match resolve(files, dir, &file.path) {
                Ok(Resolved::Within(file)) => files.read(&file, Kind::Environment).ok().flatten(),
                _ => None,
            };
            match text {
                Some(text) => {
                    let text = String::from_utf8_lossy(&text);
                    for (variable, value) in assignments(&text) {
                        if variable == "PATH" {
                            path_file = Some(file.path.clone());
                        }
                        unknown.remove(&variable);
                        variables.insert(variable, value);
                    }
                }
                None if !file.is_optional || dir.owner(&file.path).is_none() => {
                    is_open = true;
                    unknown.insert("PATH".to_owned());
                }
                None => {}
            }
        }
        let sets_path = variables.contains_key("PATH");
        variables
            .entry("PATH".to_owned())
            .or_insert_with(|| DEFAULT_PATH.join(":"));
        unset(settings, &mut variables);
        unknown.extend(OF_SYSTEMD.map(str::to_owned));
        unknown.retain(|name| name == "PATH" || !variables.contains_key(name));
        let mut unknown = unknown
            .into_iter()
            .map(|name| (name, String::new()))
            .collect();
        unset(settings, &mut unknown);
        let unknown = unknown.into_keys().collect();
        Self {
            variables,
            unknown,
            is_open,
            sets_path,
            path_file,
        }
    }

    /// One without variables, as `env -i` makes it.
    pub fn cleared() -> Self {
        Self {
            sets_path: true,
            ..Self::default()
        }
    }

    /// Sets a variable, to what only the running service knows if `value` is `None`.
    pub fn set(&mut self, name: &str, value: Option<String>) {
        self.unset(name);
        if let Some(value) = value {
            self.variables.insert(name.to_owned(), value);
        } else {
            self.unknown.insert(name.to_owned());
        }
    }

    /// Has nothing be known of any variable.
    pub fn open(&mut self) {
        self.variables.clear();
        self.unknown.insert("PATH".to_owned());
        self.unknown.insert("LD_LIBRARY_PATH".to_owned());
        self.is_open = true;
    }

    /// The names of variables that are not the same in another environment.
    pub fn differences(&self, other: &Self) -> BTreeSet<String> {
        let all = [&self.variables, &other.variables]
            .into_iter()
            .flat_map(BTreeMap::keys);
        let all = all.chain(&self.unknown).chain(&other.unknown);
        let differ = |name: &&String| self.variable(name) != other.variable(name);
        all.filter(differ).cloned().collect()
    }

    /// Removes a variable.
    pub fn unset(&mut self, name: &str) {
        self.variables.remove(name);
        self.unknown.remove(name);
    }

    /// The value of a variable.
    pub fn variable(&self, name: &str) -> Variable<'_> {
        match self.variables.get(name) {
            _ if self.unknown.contains(name) => Variable::Unknown,
            // systemd expands the specifiers of the unit.
            Some(value) if value.contains('%') => Variable::Unknown,
            Some(value) => Variable::Known(value),
            None if self.is_open => Variable::Unknown,
            None => Variable::Unset,
        }
    }

    /// All that the unit sets, and `PATH`.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Splits a variable that lists directories.
    fn directories(&self, name: &str) -> Option<Vec<String>> {
        let value = self.variables.get(name)?;
        Some(
            value
                .split(':')
                .filter(|dir| !dir.is_empty())
                .map(str::to_owned)
                .collect(),
        )
    }

    /// The directories of `PATH`; `None` if only the host knows them. Where the variable is not set, the C library and the shells look
    /// in directories of their own, all of which are in [`DEFAULT_PATH`].
    pub fn path(&self) -> Option<Vec<String>> {
        let is_known = !self.unknown.contains("PATH");
        let defaults = || DEFAULT_PATH.map(str::to_owned).to_vec();
        is_known.then(|| self.directories("PATH").unwrap_or_else(defaults))
    }

    /// Whether `PATH` is set.
    pub fn has_path(&self) -> bool {
        self.variables.contains_key("PATH") || self.unknown.contains("PATH")
    }

    /// Whether the unit sets `PATH` itself.
    pub fn sets_path(&self) -> bool {
        self.sets_path
    }

    /// Returns the environment file that sets `PATH`, if one does.
    pub fn path_file(&self) -> Option<&str> {
        self.path_file.as_deref()
    }

    /// Returns the directories of `LD_LIBRARY_PATH`.
    pub fn library_path(&self) -> Vec<String> {
        self.directories("LD_LIBRARY_PATH").unwrap_or_default()
    }

    /// Whether libraries may be looked for in directories that only the running service knows.
    pub fn is_library_path_open(&self) -> bool {
        self.unknown.contains("LD_LIBRARY_PATH")
    }
}

/// The value of a variable, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variable<'a> {
    /// This.
    Known(&'a str),
    /// It is not set.
    Unset,
    /// Only the running service knows.
    Unknown,
}

/// A file from which systemd reads variables, on the host, before it enters the root.
pub struct EnvironmentFile {
    /// Its path, or a pattern if it contains `*`, `?` or `[`.
    pub path: String,
    /// Whether the service starts without it.
    pub is_optional: bool,
}

/// Returns the environment files of a unit: one per assignment, without quotes (`config_parse_unit_env_file`). Relative paths are
/// left out, as systemd ignores them.
pub fn environment_files(settings: &Settings) -> impl Iterator<Item = EnvironmentFile> {
    let values = settings.list("EnvironmentFile").iter();
    values.filter_map(|value| {
        let path = value.strip_prefix('-').unwrap_or(value);
        path.starts_with('/').then(|| EnvironmentFile {
            path: path.replace("%%", "%"),
            is_optional: path != value,
        })
    })
}

/// Returns the directories of `ExecSearchPath=`, which are also `PATH` unless something else sets it.
pub fn search_path(settings: &Settings) -> Vec<String> {
    let mut directories = Vec::new();
    for value in settings.list("ExecSearchPath") {
        let mut rest = Some(value.as_str());
        while let Some((path, after)) = rest.and_then(colon_part) {
            directories.push(path.replace("%%", "%"));
            rest = after;
        }
    }
    directories
}

#[cfg(test)]
mod tests;
