//! The settings of a unit other than its commands.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use serde::{Deserialize, Deserializer, Serialize};

/// Settings by name, each with all its assignments in the order of the unit file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Settings(BTreeMap<String, Vec<String>>);

/// Settings that share one list in systemd.
const BINDS: [&str; 2] = ["BindPaths", "BindReadOnlyPaths"];

/// Booleans that an empty assignment resets (`config_parse_tristate`).
const TRISTATES: [&str; 5] = [
    "BindLogSockets",
    "MemoryKSM",
    "MountAPIVFS",
    "PrivateMounts",
    "SetLoginEnvironment",
];

/// Old names that systemd still reads, with the current ones.
const OLDER_NAMES: [(&str, &str); 3] = [
    ("ReadWriteDirectories", "ReadWritePaths"),
    ("ReadOnlyDirectories", "ReadOnlyPaths"),
    ("InaccessibleDirectories", "InaccessiblePaths"),
];

impl<'de> Deserialize<'de> for Settings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let values: BTreeMap<String, Vec<String>> = super::unique_keys(deserializer)?;
        let mut settings = Self::default();
        for (name, values) in values {
            // A setting without an assignment is kept.
            settings.0.entry(name.clone()).or_default();
            for value in values {
                settings.push(&name, value);
            }
        }
        Ok(settings)
    }
}

impl Settings {
    /// Appends an assignment. Replaces old names by current ones. An empty `BindPaths=` or `BindReadOnlyPaths=` resets both, so only
    /// later assignments to the two are kept. If settings are combined, the assignments to `BindPaths=` come first, as NixOS writes them.
    pub fn push(&mut self, name: &str, value: impl Into<String>) {
        let older = OLDER_NAMES.iter().find(|(older, _)| *older == name);
        let name = older.map_or(name, |(_, name)| name);
        let value = value.into();
        let is_reset = BINDS.contains(&name) && value.is_empty();
        if is_reset {
            for name in BINDS {
                self.0.remove(name);
            }
        }
        let name = if is_reset { BINDS[0] } else { name };
        self.0.entry(name.to_owned()).or_default().push(value);
    }

    /// Appends the assignments of `later`, as systemd reads a unit and then its drop-ins.
    #[must_use]
    pub fn followed_by(mut self, later: &Self) -> Self {
        for (name, values) in &later.0 {
            for value in values {
                self.push(name, value.as_str());
            }
        }
        self
    }

    /// Returns the assignments after those of `earlier`, with which these settings start.
    #[must_use]
    pub fn behind(mut self, earlier: &Self) -> Self {
        for (name, values) in &earlier.0 {
            if let Some(all) = self.0.get_mut(name) {
                all.drain(..values.len().min(all.len()));
            }
        }
        self.0.retain(|_, values| !values.is_empty());
        self
    }

    /// Returns the values of a list setting: an empty assignment resets earlier ones (systemd.syntax(7)).
    pub fn list(&self, name: &str) -> &[String] {
        let values = self.0.get(name).map_or(&[][..], Vec::as_slice);
        match values.iter().rposition(String::is_empty) {
            Some(reset) => &values[reset + 1..],
            None => values,
        }
    }

    /// Returns all assignments of a setting, including empty ones.
    pub fn list_with_resets(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// Returns whether the setting has an assignment, even an empty one: NixOS writes `PrivateTmp=` for null.
    pub fn is_assigned(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Returns the value in force of a setting: the last assignment; `None` if that is empty.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.list(name).last().map(String::as_str)
    }

    /// Returns the value in force of a boolean setting, as [`boolean`] reads it. An empty assignment is ignored, except for
    /// settings that it resets to neither yes nor no.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>> {
        let value = if TRISTATES.contains(&name) {
            self.value(name)
        } else {
            let values = self.0.get(name).into_iter().flatten();
            values
                .rev()
                .map(String::as_str)
                .find(|value| !value.is_empty())
        };
        let Some(value) = value else {
            return Ok(None);
        };
        match boolean(value) {
            Some(value) => Ok(Some(value)),
            None => bail!("{name}={value} is not a boolean: write yes or no"),
        }
    }

    /// Returns all settings with their assignments, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0
            .iter()
            .map(|(name, values)| (name.as_str(), values.as_slice()))
    }
}

/// Returns a boolean as systemd reads it (`parse_boolean`); `None` if the value is not one.
pub fn boolean(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "1" | "yes" | "y" | "true" | "t" | "on" => Some(true),
        "0" | "no" | "n" | "false" | "f" | "off" => Some(false),
        _ => None,
    }
}

/// Collects assignments in order.
impl<N: AsRef<str>, V: Into<String>> FromIterator<(N, V)> for Settings {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(assignments: I) -> Self {
        let mut settings = Self::default();
        for (name, value) in assignments {
            settings.push(name.as_ref(), value);
        }
        settings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_assignment_takes_back_what_was_before() -> Result<()> {
        let mut settings = Settings::from_iter([
            ("BindPaths", "/a"),
            ("BindPaths", ""),
            ("BindPaths", "/b"),
            ("BindPaths", "/c"),
            ("PrivateTmp", "yes"),
            ("PrivateTmp", ""),
            ("PrivateUsers", "Off"),
            ("PrivateDevices", "maybe"),
            ("BindReadOnlyPaths", "/d"),
            ("ReadWriteDirectories", "/e"),
        ]);
        assert_eq!(settings.list("BindPaths"), ["/b", "/c"]);
        settings.push("BindReadOnlyPaths", "");
        settings.push("BindPaths", "/f");
        assert_eq!(settings.list("BindPaths"), ["/f"]);
        assert!(settings.list("BindReadOnlyPaths").is_empty());
        assert_eq!(settings.list("ReadWritePaths"), ["/e"]);
        assert_eq!(settings.boolean("PrivateTmp")?, Some(true));
        settings.push("MountAPIVFS", "no");
        settings.push("MountAPIVFS", "");
        assert_eq!(settings.boolean("MountAPIVFS")?, None);
        assert_eq!(settings.boolean("PrivateUsers")?, Some(false));
        assert!(settings.boolean("PrivateDevices").is_err());
        Ok(())
    }
}
