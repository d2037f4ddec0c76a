//! What is looked at: a service, as a command of it sees its root.

use crate::change::Change;
use crate::finding::{Confined, Remedy};
use crate::inspect::{Environment, Privileges, Programs};
use crate::root::Inside;
use crate::service::Settings;
use crate::store::{StoreFiles, below};

/// A service, as a command of it sees its root.
#[derive(Clone, Copy)]
pub(super) struct Sight<'a> {
    /// The service.
    pub confined: &'a Confined<'a>,
    /// What the command has around it.
    pub around: Surroundings<'a>,
    /// The store.
    pub files: &'a dyn StoreFiles,
    /// Its root.
    pub inside: &'a Inside<'a>,
    /// What is known of programs in that root.
    pub programs: &'a Programs<'a>,
}

impl Sight<'_> {
    /// The remedy that changes the service so, about `subject`; none where that can't be written.
    pub fn fix(&self, what: &str, subject: &str, changes: &[Change]) -> Vec<Remedy> {
        let remedy = self.confined.change(what, subject, changes);
        remedy.into_iter().collect()
    }

    /// Why a path is not there, after "which".
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

/// What a command has around it besides files.
#[derive(Clone, Copy)]
pub(super) struct Surroundings<'a> {
    /// What the unit and its confinement set.
    pub settings: &'a Settings,
    /// The variables that it gets.
    pub environment: &'a Environment,
    /// Whether the command has `+`, so that no sandboxing is done for it.
    pub is_privileged: bool,
}

impl Surroundings<'_> {
    /// Whether a setting is on.
    pub fn is_on(&self, setting: &str) -> bool {
        matches!(self.settings.boolean(setting), Ok(Some(true)))
    }

    /// Whether the command runs as root. With `+`, `User=` does not apply to it.
    pub fn is_root(&self) -> bool {
        self.is_privileged || self.is_of_root()
    }

    /// Whether the service runs as root.
    pub fn is_of_root(&self) -> bool {
        Privileges(self.settings).is_root()
    }

    /// Whether systemd makes a user for the service.
    pub fn has_dynamic_user(&self) -> bool {
        self.is_on("DynamicUser")
    }

    /// The directory that commands start in; `None` if only the host knows it.
    pub fn directory(&self) -> Option<String> {
        let value = self.settings.value("WorkingDirectory").unwrap_or("/");
        let path = match value {
            "~" if self.is_of_root() => "/root".to_owned(),
            value => value.replace("%%", "%"),
        };
        // With a specifier that is left, it is the host's.
        let is_known = path.starts_with('/') && !value.replace("%%", "").contains('%');
        is_known.then_some(path)
    }

    /// Whether the command is in a user namespace that has the service's user and root alone. With `+` it is in none.
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

/// Whether a path is in a file system of the kernel.
pub(super) fn is_of_kernel(path: &str) -> bool {
    ["/dev", "/proc", "/sys"]
        .iter()
        .any(|dir| below(path, dir).is_some())
}
