//! The service manager that runs services.

use serde::{Deserialize, Serialize};

/// The manager that runs the services of a bundle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "bool", into = "bool")]
pub enum Manager {
    /// The system manager.
    #[default]
    System,
    /// The manager of each user (`systemd --user`).
    User,
}

/// In JSON: whether it is that of each user.
impl From<bool> for Manager {
    fn from(is_user: bool) -> Self {
        if is_user { Self::User } else { Self::System }
    }
}

impl From<Manager> for bool {
    fn from(manager: Manager) -> Self {
        !manager.is_system()
    }
}

impl Manager {
    /// Whether it is the system manager, the default, which services values and bundles omit.
    pub fn is_system(&self) -> bool {
        *self == Self::System
    }

    /// Where a package of `systemd.packages` ships units (nixpkgs' `generateUnits`).
    pub fn unit_directories(self) -> [&'static str; 2] {
        match self {
            Self::System => ["etc/systemd/system", "lib/systemd/system"],
            Self::User => ["etc/systemd/user", "lib/systemd/user"],
        }
    }

    /// The directory of the units of a bundle.
    pub fn units(self) -> &'static str {
        self.unit_directories()[1]
    }

    /// Where `RuntimeDirectory=` makes directories, with a specifier if it depends on the user.
    pub fn runtime(self) -> &'static str {
        match self {
            Self::System => "/run",
            Self::User => "%t",
        }
    }
}
