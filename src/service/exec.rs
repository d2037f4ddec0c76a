//! The settings that hold commands.

use serde::{Deserialize, Serialize};

/// A setting of systemd.service(5) that holds command lines, in the order in which systemd runs them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
// Deserialized as text, so that an error can name the place.
#[serde(try_from = "String")]
pub enum ExecSetting {
    /// Decides whether the service starts.
    ExecCondition,
    /// Runs before the main process.
    ExecStartPre,
    /// The main process.
    ExecStart,
    /// Runs after the main process has started.
    ExecStartPost,
    /// Runs on reload.
    ExecReload,
    /// Runs after a reload; systemd 259 and newer.
    ExecReloadPost,
    /// Runs on stop.
    ExecStop,
    /// Runs after the service has stopped.
    ExecStopPost,
}

impl ExecSetting {
    /// All settings, in the order in which systemd runs them.
    pub const ALL: [Self; 8] = [
        Self::ExecCondition,
        Self::ExecStartPre,
        Self::ExecStart,
        Self::ExecStartPost,
        Self::ExecReload,
        Self::ExecReloadPost,
        Self::ExecStop,
        Self::ExecStopPost,
    ];

    /// Returns the name in unit files.
    pub fn name(self) -> &'static str {
        match self {
            Self::ExecCondition => "ExecCondition",
            Self::ExecStartPre => "ExecStartPre",
            Self::ExecStart => "ExecStart",
            Self::ExecStartPost => "ExecStartPost",
            Self::ExecReload => "ExecReload",
            Self::ExecReloadPost => "ExecReloadPost",
            Self::ExecStop => "ExecStop",
            Self::ExecStopPost => "ExecStopPost",
        }
    }

    /// Returns the setting with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|setting| setting.name() == name)
    }
}

impl TryFrom<String> for ExecSetting {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        Self::from_name(&name).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            format!("{name:?} is not a setting with commands; expected one of {names}")
        })
    }
}
