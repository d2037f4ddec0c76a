//! The environment that a unit sets.

use std::collections::BTreeMap;

use crate::service::Settings;
use crate::store::{StoreDir, StoreFiles};
use crate::unit::{Escapes, Words, raw_words};

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
    /// The environment of a unit with these settings, and with the files of the store that it takes more from.
    pub fn of(settings: &Settings, files: &dyn StoreFiles, dir: &StoreDir) -> Self {
        let mut environment = Self::assigned(settings);
        for file in environment_files(settings) {
            let text = dir
                .owner(&file.path)
                .and_then(|_| files.read(&file.path).ok().flatten());
            match text {
                Some(text) => {
                    let text = String::from_utf8_lossy(&text);
                    environment
                        .variables
                        .extend(text.lines().filter_map(assignment));
                }
                None => environment.is_open |= !file.is_optional || dir.owner(&file.path).is_none(),
            }
        }
        environment
    }

    fn assigned(settings: &Settings) -> Self {
        let variables = settings
            .list("Environment")
            .iter()
            .flat_map(|line| Words::new(line, Escapes::C))
            .map(|word| word.replace("%%", "%"))
            .filter_map(|word| {
                let (name, value) = word.split_once('=')?;
                Some((name.to_owned(), value.to_owned()))
            })
            .collect();
        Self {
            variables,
            is_open: !settings.list("PassEnvironment").is_empty(),
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

/// A file that systemd reads variables from, on the host, before it enters the root.
pub struct EnvironmentFile {
    /// Where it is; a pattern, where it has `*`, `?` or `[`.
    pub path: String,
    /// Whether the service starts without it.
    pub is_optional: bool,
}

/// The environment files of a unit; what systemd ignores, since it is not absolute, left out.
pub fn environment_files(settings: &Settings) -> impl Iterator<Item = EnvironmentFile> {
    let words = settings
        .list("EnvironmentFile")
        .iter()
        .flat_map(|value| raw_words(value));
    words.filter_map(|word| {
        let word = word.trim_matches(['"', '\'']);
        let path = word.strip_prefix('-').unwrap_or(word);
        path.starts_with('/').then(|| EnvironmentFile {
            path: path.replace("%%", "%"),
            is_optional: path != word,
        })
    })
}

/// A line of such a file (`load_env_file`); quotes undone where they stand around the value.
fn assignment(line: &str) -> Option<(String, String)> {
    let (name, value) = line.trim_start().split_once('=')?;
    if name.starts_with(['#', ';']) {
        return None;
    }
    let value = value.trim();
    let quoted = ['"', '\'']
        .into_iter()
        .find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote));
    Some((
        name.trim_end().to_owned(),
        quoted.unwrap_or(value).to_owned(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::NoFiles;

    #[test]
    fn assignments_are_read_as_systemd_reads_them() -> anyhow::Result<()> {
        let mut settings = Settings::default();
        settings.push("Environment", r#""PATH=/a/bin:/b c" FOO=x"#);
        settings.push("Environment", "FOO=y%%");
        let dir = StoreDir::parse("/nix/store")?;
        let environment = Environment::of(&settings, &NoFiles, &dir);
        assert_eq!(
            environment.path(),
            Some(vec!["/a/bin".to_owned(), "/b c".to_owned()])
        );
        assert!(environment.iter().any(|pair| pair == ("FOO", "y%")));
        settings.push("EnvironmentFile", "/etc/x");
        assert_eq!(Environment::of(&settings, &NoFiles, &dir).path(), None);
        Ok(())
    }

    #[test]
    fn files_have_an_assignment_a_line() {
        let is = |line, name: &str, value: &str| {
            assert_eq!(assignment(line), Some((name.to_owned(), value.to_owned())));
        };
        is("A=b c ", "A", "b c");
        is(" A = \"b c\"", "A", "b c");
        for line in ["# A=b", ";A=b", "A", ""] {
            assert_eq!(assignment(line), None);
        }
    }
}
