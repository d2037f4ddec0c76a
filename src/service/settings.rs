//! The settings of a unit other than its commands.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

/// Settings by name, with every assignment in order, as a unit file would have them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Settings(
    #[serde(deserialize_with = "super::unique_keys")] BTreeMap<String, Vec<String>>,
);

impl Settings {
    /// Adds an assignment behind those that are there.
    pub fn push(&mut self, name: &str, value: impl Into<String>) {
        self.0
            .entry(name.to_owned())
            .or_default()
            .push(value.into());
    }

    /// Puts these settings before what `later` assigns, as systemd reads a unit and then its drop-ins.
    #[must_use]
    pub fn followed_by(mut self, later: &Self) -> Self {
        for (name, values) in &later.0 {
            for value in values {
                self.push(name, value.as_str());
            }
        }
        self
    }

    /// The values of a list setting: an empty assignment takes back those before it (systemd.syntax(7)).
    pub fn list(&self, name: &str) -> &[String] {
        let values = self.0.get(name).map_or(&[][..], Vec::as_slice);
        match values.iter().rposition(String::is_empty) {
            Some(reset) => &values[reset + 1..],
            None => values,
        }
    }

    /// Every assignment of a setting, empty ones too.
    pub fn list_with_resets(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether the setting is assigned at all, be it nothing: NixOS writes `PrivateTmp=` for a null.
    pub fn is_assigned(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The value in force of a setting that has one: the last assignment, none where that is empty.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.list(name).last().map(String::as_str)
    }

    /// The value in force of a boolean setting, as systemd reads it (`parse_boolean`).
    pub fn boolean(&self, name: &str) -> Result<Option<bool>> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        match value.to_ascii_lowercase().as_str() {
            "1" | "yes" | "y" | "true" | "t" | "on" => Ok(Some(true)),
            "0" | "no" | "n" | "false" | "f" | "off" => Ok(Some(false)),
            _ => bail!("{name}={value} is not a boolean: write yes or no"),
        }
    }

    /// All settings with their assignments, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0
            .iter()
            .map(|(name, values)| (name.as_str(), values.as_slice()))
    }
}

/// Assignments in order.
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
        let settings = Settings::from_iter([
            ("BindPaths", "/a"),
            ("BindPaths", ""),
            ("BindPaths", "/b"),
            ("BindPaths", "/c"),
            ("PrivateTmp", "yes"),
            ("PrivateTmp", ""),
            ("PrivateUsers", "Off"),
            ("PrivateDevices", "maybe"),
        ]);
        assert_eq!(settings.list("BindPaths"), ["/b", "/c"]);
        assert_eq!(settings.boolean("PrivateTmp")?, None);
        assert_eq!(settings.boolean("PrivateUsers")?, Some(false));
        assert!(settings.boolean("PrivateDevices").is_err());
        Ok(())
    }
}
