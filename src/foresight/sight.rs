//! A service, as one of its commands sees its root.

use anyhow::Result;

use crate::change::Change;
use crate::config::ProgramTable;
use crate::finding::{Confined, Remedy};
use crate::inspect::{Environment, Privileges, Programs};
use crate::root::{Found, Inside};
use crate::service::{ExecSetting, Settings};
use crate::store::{Resolved, StoreFiles, StorePath, below, resolve};

/// A service, as one of its commands sees its root.
#[derive(Clone, Copy)]
pub(super) struct Sight<'a> {
    /// The service.
    pub confined: &'a Confined<'a>,
    /// The command's settings and environment.
    pub around: Surroundings<'a>,
    /// The store.
    pub files: &'a dyn StoreFiles,
    /// Its root.
    pub inside: &'a Inside<'a>,
    /// The programs in that root.
    pub programs: &'a Programs<'a>,
}

impl Sight<'_> {
    /// The settings whose commands systemd runs in the root. With `RootDirectoryStartOnly=`, which only an adopted service may have,
    /// the others run on the host.
    pub fn settings_in_root(&self) -> impl Iterator<Item = ExecSetting> {
        let only_main = self.around.is_on("RootDirectoryStartOnly");
        let all = ExecSetting::ALL.into_iter();
        all.filter(move |setting| !only_main || *setting == ExecSetting::ExecStart)
    }

    /// Whether a store path is neither on this machine nor in the closure, so that only the host may have it.
    pub fn is_elsewhere(&self, path: &StorePath) -> Result<bool> {
        let place = resolve(self.files, self.inside.store_dir(), path.as_str())?;
        Ok(place == Resolved::Missing && !self.inside.has(path.base()))
    }

    /// The remedy that makes these changes, about `subject`; empty if they can't be written.
    pub fn fix(&self, what: &str, subject: &str, changes: &[Change]) -> Vec<Remedy> {
        let remedy = self.confined.change(what, subject, changes);
        remedy.into_iter().collect()
    }

    /// Whether a file outside the store is missing, and the service can't make it either.
    pub fn lacks(&self, path: &str) -> Result<bool> {
        let inside = self.inside;
        Ok(inside.store_dir().owner(path).is_none()
            && inside.look(path)? == Found::Missing
            && !inside.is_fresh(path)
            && inside.can_be_made(path, false)? == Some(false))
    }

    /// Why a path does not exist in the root, to follow "which".
    pub fn why_missing(&self, path: &str) -> &'static str {
        let dir = self.inside.store_dir();
        match dir.owner(path) {
            Some(owner) if self.inside.has(owner.base()) => "does not exist",
            Some(_) => "the service does not see",
            None if is_of_kernel(path) && self.around.is_privileged => {
                "a command with '+' lacks, because systemd mounts nothing for it"
            }
            None => "is not in the service's root",
        }
    }
}

/// The settings and the environment of a command.
#[derive(Clone, Copy)]
pub(super) struct Surroundings<'a> {
    /// What the unit and its drop-in set.
    pub settings: &'a Settings,
    /// Its variables.
    pub environment: &'a Environment,
    /// Whether the command has `+`, so that systemd does not sandbox it.
    pub is_privileged: bool,
    /// Whether the command has `!`, so that it runs as root in the sandbox.
    pub keeps_root: bool,
    /// What programs do.
    pub programs: &'a ProgramTable,
    /// The directory that it starts in; `None` if only the running service knows it.
    pub directory: Option<&'a str>,
}

/// The directory that commands of a unit start in; `None` if only the host knows it.
pub(super) fn working_directory(settings: &Settings) -> Option<String> {
    let value = settings.value("WorkingDirectory").unwrap_or("/");
    let path = match value {
        "~" if Privileges(settings).is_root() => "/root".to_owned(),
        value => value.replace("%%", "%"),
    };
    // Only the host can expand the remaining specifiers.
    let is_known = path.starts_with('/') && !value.replace("%%", "").contains('%');
    is_known.then_some(path)
}

impl Surroundings<'_> {
    /// Whether a setting is on.
    pub fn is_on(&self, setting: &str) -> bool {
        matches!(self.settings.boolean(setting), Ok(Some(true)))
    }

    /// Whether the command runs as root. With `+` or `!`, `User=` does not apply to it.
    pub fn is_root(&self) -> bool {
        self.is_privileged || self.keeps_root || self.is_of_root()
    }

    /// Whether the service runs as root.
    pub fn is_of_root(&self) -> bool {
        Privileges(self.settings).is_root()
    }

    /// Whether systemd allocates a user for the service.
    pub fn has_dynamic_user(&self) -> bool {
        self.is_on("DynamicUser")
    }

    /// The absolute path of one that may be relative to the working directory, or to the home with `~/`; `None` if only the host knows it.
    pub fn absolute(&self, path: &str) -> Option<String> {
        if path.starts_with('/') {
            return Some(path.to_owned());
        }
        if let Some(path) = path.strip_prefix("~/") {
            return Some(format!("{}/{path}", self.home()?.trim_end_matches('/')));
        }
        let directory = self.directory?.trim_end_matches('/');
        match path.strip_prefix("./").unwrap_or(path) {
            "" | "." => Some(directory.to_owned()).filter(|path| !path.is_empty()),
            path if path.split('/').any(|part| part == "..") => None,
            path => Some(format!("{directory}/{path}")),
        }
    }

    /// The home of the user; `None` if only the host knows it.
    fn home(&self) -> Option<String> {
        let mut variables = self.environment.iter();
        let set = variables.find(|(name, _)| *name == "HOME");
        let home = set.map(|(_, value)| value.to_owned());
        home.or_else(|| self.is_root().then(|| "/root".to_owned()))
    }

    /// Whether the command is in a user namespace that contains only root and the service's user. With `+` it is in none.
    pub fn has_private_users(&self) -> bool {
        let value = self
            .settings
            .value("PrivateUsers")
            .filter(|_| !self.is_privileged);
        value.is_some_and(|value| {
            !matches!(self.settings.boolean("PrivateUsers"), Ok(Some(false)))
                && value != "identity"
                && value != "full"
        })
    }
}

/// Whether a path is in /dev, /proc or /sys.
pub(super) fn is_of_kernel(path: &str) -> bool {
    ["/dev", "/proc", "/sys"]
        .iter()
        .any(|dir| below(path, dir).is_some())
}
