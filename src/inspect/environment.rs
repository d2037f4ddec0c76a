//! The environment that a unit sets.

use std::collections::BTreeMap;

use crate::service::Settings;

/// Where systemd looks for a bare name, and what `PATH` a service has where nothing else is said (`DEFAULT_PATH`; NixOS' systemd
/// has only its own package there).
pub const DEFAULT_PATH: [&str; 6] = [
    "/usr/local/sbin",
    "/usr/local/bin",
    "/usr/sbin",
    "/usr/bin",
    "/sbin",
    "/bin",
];

/// What is known of a service's environment.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    /// Whether a file that only the host has may set more.
    is_open: bool,
}

impl Environment {
    /// The environment of a unit with these settings.
    pub fn of(settings: &Settings) -> Self {
        let variables = settings
            .list("Environment")
            .iter()
            .flat_map(|line| super::command::commands_as_words(line))
            .filter_map(|word| {
                let (name, value) = word.split_once('=')?;
                Some((name.to_owned(), value.to_owned()))
            })
            .collect();
        Self {
            variables,
            is_open: !settings.list("EnvironmentFile").is_empty()
                || !settings.list("PassEnvironment").is_empty(),
        }
    }

    /// All that the unit sets.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The directories of a variable that lists them.
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

    /// The directories of `PATH`; none where that can't be known.
    pub fn path(&self) -> Option<Vec<String>> {
        match self.directories("PATH") {
            _ if self.is_open => None,
            Some(path) => Some(path),
            None => Some(DEFAULT_PATH.map(str::to_owned).to_vec()),
        }
    }

    /// Whether the unit sets `PATH` itself.
    pub fn sets_path(&self) -> bool {
        self.variables.contains_key("PATH")
    }

    /// The directories of `LD_LIBRARY_PATH`.
    pub fn library_path(&self) -> Vec<String> {
        self.directories("LD_LIBRARY_PATH").unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments_are_read_as_systemd_reads_them() {
        let mut settings = Settings::default();
        settings.push("Environment", r#""PATH=/a/bin:/b c" FOO=x"#);
        settings.push("Environment", "FOO=y%%");
        let environment = Environment::of(&settings);
        assert_eq!(
            environment.path(),
            Some(vec!["/a/bin".to_owned(), "/b c".to_owned()])
        );
        assert!(environment.iter().any(|pair| pair == ("FOO", "y%")));
        settings.push("EnvironmentFile", "/etc/x");
        assert_eq!(Environment::of(&settings).path(), None);
    }
}
