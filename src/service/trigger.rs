//! Units that start services: sockets, timers and paths (systemd's `TriggeredBy=`).

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

use super::Settings;
use super::name::check_stem;

/// The settings of the units that start a service, by their full names. Those of the section `[Unit]` and of the unit's own section are
/// together, as for services.
pub type Triggers = BTreeMap<TriggerName, Settings>;

/// What kind of unit starts a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TriggerKind {
    /// A socket, which also hands itself to the service (systemd.socket(5)).
    Socket,
    /// A timer (systemd.timer(5)).
    Timer,
    /// A path that is watched (systemd.path(5)).
    Path,
}

impl TriggerKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Socket, Self::Timer, Self::Path];

    /// What the names of such units end with.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Socket => ".socket",
            Self::Timer => ".timer",
            Self::Path => ".path",
        }
    }

    /// The section of the unit file with the settings of this kind.
    pub fn section(self) -> &'static str {
        match self {
            Self::Socket => "Socket",
            Self::Timer => "Timer",
            Self::Path => "Path",
        }
    }
}

/// The full name of a unit that starts a service: `web.socket`, `backup.timer`, `spool@a.path`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TriggerName(String);

impl TriggerName {
    /// Parses a name by the rules for names of services ([`UnitName::parse`](super::UnitName::parse)). The error describes the mistake.
    pub fn parse(text: &str) -> Result<Self> {
        let stem = TriggerKind::ALL
            .iter()
            .find_map(|kind| text.strip_suffix(kind.suffix()));
        let Some(stem) = stem else {
            bail!(
                "{text:?} is not the name of a unit that starts a service: it does not end in '.socket', '.timer' or '.path'"
            );
        };
        if let Err(problem) = check_stem(text, stem) {
            bail!("{text:?} is not the name of a unit: {problem}");
        }
        Ok(Self(text.to_owned()))
    }

    /// Returns the whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns its kind.
    pub fn kind(&self) -> TriggerKind {
        let mut kinds = TriggerKind::ALL.into_iter();
        let kind = kinds.find(|kind| self.0.ends_with(kind.suffix()));
        kind.unwrap_or(TriggerKind::Path)
    }
}

impl TryFrom<String> for TriggerName {
    type Error = anyhow::Error;
    fn try_from(text: String) -> Result<Self> {
        Self::parse(&text)
    }
}

impl From<TriggerName> for String {
    fn from(name: TriggerName) -> Self {
        name.0
    }
}

impl fmt::Display for TriggerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_their_kind() -> Result<()> {
        for (text, kind) in [
            ("web.socket", TriggerKind::Socket),
            ("backup@.timer", TriggerKind::Timer),
            ("a.socket.path", TriggerKind::Path),
        ] {
            assert_eq!(TriggerName::parse(text)?.kind(), kind);
        }
        for text in [
            "web.service",
            "web",
            ".socket",
            "@.timer",
            "a/b.socket",
            "../x.path",
        ] {
            assert!(TriggerName::parse(text).is_err(), "{text}");
        }
        Ok(())
    }
}
