//! The directories that systemd makes for a service (systemd.exec(5), `RuntimeDirectory=` and those below it).

use super::raw_words;
use crate::service::Settings;

/// A kind of them (`ExecDirectoryType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExecDirectories {
    /// `RuntimeDirectory=`
    Runtime,
    /// `StateDirectory=`
    State,
    /// `CacheDirectory=`
    Cache,
    /// `LogsDirectory=`
    Logs,
    /// `ConfigurationDirectory=`
    Configuration,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecDirectory {
    /// Where it is.
    pub path: String,
    /// Where a symlink to it is, if there is one.
    pub link: Option<String>,
}

impl ExecDirectories {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Runtime,
        Self::State,
        Self::Cache,
        Self::Logs,
        Self::Configuration,
    ];

    /// The setting that names them.
    pub fn setting(self) -> &'static str {
        match self {
            Self::Runtime => "RuntimeDirectory",
            Self::State => "StateDirectory",
            Self::Cache => "CacheDirectory",
            Self::Logs => "LogsDirectory",
            Self::Configuration => "ConfigurationDirectory",
        }
    }

    /// The variable in which the service finds them, parted by colons.
    pub fn variable(self) -> &'static str {
        match self {
            Self::Runtime => "RUNTIME_DIRECTORY",
            Self::State => "STATE_DIRECTORY",
            Self::Cache => "CACHE_DIRECTORY",
            Self::Logs => "LOGS_DIRECTORY",
            Self::Configuration => "CONFIGURATION_DIRECTORY",
        }
    }

    /// The directory in which they are, for a system service.
    pub fn parent(self) -> &'static str {
        match self {
            Self::Runtime => "/run",
            Self::State => "/var/lib",
            Self::Cache => "/var/cache",
            Self::Logs => "/var/log",
            Self::Configuration => "/etc",
        }
    }

    /// Those that a unit has, in its order: words of the form `NAME[:LINK[:FLAGS]]`.
    pub fn of(self, settings: &Settings) -> Vec<ExecDirectory> {
        let values = settings.list(self.setting()).iter();
        values
            .flat_map(|value| raw_words(value))
            .filter_map(|word| {
                let mut names = word.split(':');
                let mut path = || {
                    let name = names.next().filter(|name| !name.is_empty())?;
                    Some(format!("{}/{name}", self.parent()))
                };
                Some(ExecDirectory {
                    path: path()?,
                    link: path(),
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_and_links_are_told_apart() {
        let settings = Settings::from_iter([
            ("StateDirectory", "gone"),
            ("StateDirectory", ""),
            ("StateDirectory", "a b/c:d"),
            ("StateDirectory", "e::ro :f"),
        ]);
        let directory = |path: &str, link: Option<&str>| ExecDirectory {
            path: path.to_owned(),
            link: link.map(str::to_owned),
        };
        assert_eq!(
            ExecDirectories::State.of(&settings),
            [
                directory("/var/lib/a", None),
                directory("/var/lib/b/c", Some("/var/lib/d")),
                directory("/var/lib/e", None),
            ]
        );
        assert_eq!(ExecDirectories::Logs.of(&settings), []);
    }
}
