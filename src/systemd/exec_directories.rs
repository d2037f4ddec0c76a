//! The directories that systemd creates for a service (systemd.exec(5), `RuntimeDirectory=` and those below it).

use super::words::{Escapes, Words, colon_parts};
use super::{Setting, simplified};
use crate::service::{Manager, Settings};

/// A kind of these directories (`ExecDirectoryType`).
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

/// One directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecDirectory {
    /// Its path.
    pub path: String,
    /// The path of a symlink to it, if any.
    pub link: Option<String>,
}

impl ExecDirectory {
    /// The same for a service of this manager: a user's has runtime directories of its own.
    #[must_use]
    pub fn of(self, manager: Manager) -> Self {
        let runtime = ExecDirectories::Runtime.parent();
        match self.path.strip_prefix(runtime) {
            Some(rest) if !manager.is_system() => Self {
                path: format!("{}{rest}", manager.runtime()),
                ..self
            },
            _ => self,
        }
    }
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
    pub fn setting(self) -> Setting {
        match self {
            Self::Runtime => Setting::RuntimeDirectory,
            Self::State => Setting::StateDirectory,
            Self::Cache => Setting::CacheDirectory,
            Self::Logs => Setting::LogsDirectory,
            Self::Configuration => Setting::ConfigurationDirectory,
        }
    }

    /// The variable with their paths, separated by colons.
    pub fn variable(self) -> &'static str {
        match self {
            Self::Runtime => "RUNTIME_DIRECTORY",
            Self::State => "STATE_DIRECTORY",
            Self::Cache => "CACHE_DIRECTORY",
            Self::Logs => "LOGS_DIRECTORY",
            Self::Configuration => "CONFIGURATION_DIRECTORY",
        }
    }

    /// Their parent directory, for a system service.
    pub fn parent(self) -> &'static str {
        match self {
            Self::Runtime => "/run",
            Self::State => "/var/lib",
            Self::Cache => "/var/cache",
            Self::Logs => "/var/log",
            Self::Configuration => "/etc",
        }
    }

    /// The directories of a unit, sorted as systemd does it: words of the form `NAME[:LINK[:FLAGS]]`
    /// (`config_parse_exec_directories`). Omits what systemd ignores with a warning; keeps specifiers and doubled `%`. This is
    /// the behaviour of systemd 257: 252 knows no flags, skips a colon at the beginning and reads `NAME::FLAGS` as a link.
    pub fn of(self, settings: &Settings) -> Vec<ExecDirectory> {
        let values = settings.list(&self.setting()).iter();
        let mut directories: Vec<_> = values
            .flat_map(|value| Words::new(value, Escapes::Kept).map_while(|word| colon_parts(&word)))
            .filter_map(|parts| self.directory(&parts))
            .collect();
        directories.sort_by(|one, other| one.path.split('/').cmp(other.path.split('/')));
        directories
    }

    /// The value of the variable; `None` if there are no directories.
    pub fn value(directories: impl IntoIterator<Item = ExecDirectory>) -> Option<String> {
        let mut paths: Vec<_> = directories.into_iter().map(|found| found.path).collect();
        // A directory with two links counts once.
        paths.dedup();
        (!paths.is_empty()).then(|| paths.join(":"))
    }

    fn directory(self, parts: &[String]) -> Option<ExecDirectory> {
        let name = relative(parts.first()?)?;
        if name == "private" || name.starts_with("private/") {
            return None;
        }
        let inside = |name: String| format!("{}/{name}", self.parent());
        let link = match parts.get(1).filter(|link| !link.is_empty()) {
            Some(_) if self == Self::Configuration => return None,
            Some(link) => Some(inside(relative(link)?)),
            None => None,
        };
        Some(ExecDirectory {
            path: inside(name),
            link,
        })
    }
}

/// A simplified relative path; `None` if systemd refuses it (`path_simplify_and_warn`).
fn relative(path: &str) -> Option<String> {
    let simple = simplified(path);
    let is_fit = !simple.is_empty() && !simple.starts_with('/');
    (is_fit && !simple.split('/').any(|part| part == "..")).then_some(simple)
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

    /// As a service of systemd 252 finds it.
    #[test]
    fn the_variable_is_sorted_by_components() {
        let settings = Settings::from_iter([
            ("RuntimeDirectory", r#""f b" f-a f/c:l fa 'q"x' b\\c fa:m"#),
            ("CacheDirectory", ""),
        ]);
        assert_eq!(
            ExecDirectories::value(ExecDirectories::Runtime.of(&settings)).as_deref(),
            Some(r#"/run/b\c:/run/f/c:/run/f b:/run/f-a:/run/fa:/run/q"x"#)
        );
        assert_eq!(
            ExecDirectories::value(ExecDirectories::Cache.of(&settings)),
            None
        );
    }

    /// As `systemctl show` prints such lines (systemd 257 and 262; but for `"":x` and `:g` 252 too).
    #[test]
    fn directories_are_quoted_and_escaped_as_systemd_has_it() {
        let settings = Settings::from_iter([
            (
                "StateDirectory",
                r#""a" 'b b':link "c":"lc" d\x20d  e\:e:lf"#,
            ),
            (
                "StateDirectory",
                r#""":x :g h%%h "i:li" j/ k: q"uo"te u\tv w\\z"#,
            ),
            ("StateDirectory", "../l /m private/n o:../p"),
            ("CacheDirectory", r"a b\qb c"),
            ("CacheDirectory", "d \"open e"),
            ("CacheDirectory", "f"),
            ("ConfigurationDirectory", "a:b c"),
        ]);
        let read = |kind: ExecDirectories| -> Vec<String> {
            let name = |path: &str| path[kind.parent().len() + 1..].to_owned();
            let directories = kind.of(&settings).into_iter();
            directories
                .map(|directory| match directory.link {
                    Some(link) => format!("{}:{}", name(&directory.path), name(&link)),
                    None => name(&directory.path),
                })
                .collect()
        };
        assert_eq!(
            read(ExecDirectories::State),
            [
                "a", "b b:link", "c:lc", "d d", "e:e:lf", "h%%h", "i:li", "j", "k", "quote",
                "u\tv", r"w\z"
            ]
        );
        assert_eq!(read(ExecDirectories::Cache), ["a", "d", "f"]);
        assert_eq!(read(ExecDirectories::Configuration), ["c"]);
    }
}
