//! The environment that a unit sets.

use std::collections::BTreeMap;

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

/// The environment of a service, as far as it is known.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    /// Whether only the host knows `PATH`, or each program uses its own default.
    is_path_open: bool,
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
        let mut is_path_open = passed(settings).contains("PATH") && !assigned.contains_key("PATH");
        variables.extend(assigned);
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
                            is_path_open = false;
                            path_file = Some(file.path.clone());
                        }
                        variables.insert(variable, value);
                    }
                }
                None => is_path_open |= !file.is_optional || dir.owner(&file.path).is_none(),
            }
        }
        let sets_path = variables.contains_key("PATH");
        variables
            .entry("PATH".to_owned())
            .or_insert_with(|| DEFAULT_PATH.join(":"));
        unset(settings, &mut variables);
        Self {
            // Without `PATH`, each program uses its own default.
            is_path_open: is_path_open || !variables.contains_key("PATH"),
            variables,
            sets_path,
            path_file,
        }
    }

    /// Returns the variables that the unit sets, and `PATH`.
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

    /// Returns the directories of `PATH`; `None` if it is not known.
    pub fn path(&self) -> Option<Vec<String>> {
        self.directories("PATH").filter(|_| !self.is_path_open)
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

    fn path(settings: &[(&str, &str)]) -> anyhow::Result<Option<String>> {
        let settings = settings.iter().copied().collect();
        let dir = StoreDir::parse("/nix/store")?;
        let environment = Environment::of(&settings, &NoFiles, &dir);
        Ok(environment.path().map(|path| path.join(":")))
    }

    /// As `env` prints it in a service of systemd 252.
    #[test]
    fn the_path_is_what_systemd_makes_it() -> anyhow::Result<()> {
        let (assigned, search) = (("Environment", "PATH=/a"), ("ExecSearchPath", "/b:/c"));
        let default = Some(DEFAULT_PATH.join(":"));
        let is = |path: &str| Some(path.to_owned());
        for (settings, expected) in [
            (&[][..], default.clone()),
            (&[assigned, ("Environment", "")], default.clone()),
            (&[("PassEnvironment", "HOME TERM")], default.clone()),
            (&[("UnsetEnvironment", "PATH=/a HOME")], default),
            (&[search], is("/b:/c")),
            (&[search, assigned], is("/a")),
            (&[("PassEnvironment", "PATH"), assigned], is("/a")),
            (&[("PassEnvironment", "\"PATH\""), search], None),
            (&[("UnsetEnvironment", "PATH")], None),
            (&[("UnsetEnvironment", "PATH=/a"), assigned], None),
            (&[("EnvironmentFile", "-/etc/a b"), assigned], None),
            (&[("EnvironmentFile", "\"/etc/a\""), assigned], is("/a")),
        ] {
            assert_eq!(path(settings)?, expected, "{settings:?}");
        }
        Ok(())
    }

    #[test]
    fn a_file_is_the_whole_value() {
        let settings = Settings::from_iter([
            ("EnvironmentFile", "-/a b%%"),
            ("EnvironmentFile", "\"/c\""),
            ("EnvironmentFile", "-\"/d\""),
            ("EnvironmentFile", "/e"),
        ]);
        let files: Vec<_> = environment_files(&settings)
            .map(|file| (file.path, file.is_optional))
            .collect();
        assert_eq!(
            files,
            [("/a b%".to_owned(), true), ("/e".to_owned(), false)]
        );
    }
}
