//! Entries of path lists: `InaccessiblePaths=`, `ReadOnlyPaths=`, `ReadWritePaths=`, `ExecPaths=`, `NoExecPaths=` (systemd.exec(5)).

use super::{raw_words, simplified, words::unquoted};
use crate::service::Settings;

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathEntry {
    /// The entry as it is in the unit.
    pub word: String,
    /// The path, simplified, without quotes and prefixes.
    pub path: String,
    /// Whether systemd ignores it if the path does not exist (`-`).
    pub is_optional: bool,
    /// Whether it is a path of the service's root, not of the host (`+`).
    pub is_of_root: bool,
}

/// The entries of a setting, in order.
pub fn path_entries(settings: &Settings, setting: &str) -> Vec<PathEntry> {
    let words = settings.list(setting).iter();
    words
        .flat_map(|value| raw_words(value))
        .map(|word| {
            let path = unquoted(&word).unwrap_or_default();
            let (is_optional, path) = strip(&path, '-');
            let (is_of_root, path) = strip(path, '+');
            PathEntry {
                path: simplified(path),
                is_optional,
                is_of_root,
                word,
            }
        })
        .collect()
}

fn strip(path: &str, prefix: char) -> (bool, &str) {
    path.strip_prefix(prefix)
        .map_or((false, path), |path| (true, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_told_from_the_path() {
        let settings = Settings::from_iter([("ReadOnlyPaths", "/a -/b \"+/c d\" '-+/e//./f/'")]);
        let entries: Vec<_> = path_entries(&settings, "ReadOnlyPaths")
            .into_iter()
            .map(|entry| {
                let PathEntry {
                    word,
                    path,
                    is_optional,
                    is_of_root,
                } = entry;
                (word, path, is_optional, is_of_root)
            })
            .collect();
        let entry = |word: &str, path: &str, is_optional, is_of_root| {
            (word.to_owned(), path.to_owned(), is_optional, is_of_root)
        };
        assert_eq!(
            entries,
            [
                entry("/a", "/a", false, false),
                entry("-/b", "/b", true, false),
                entry("\"+/c d\"", "/c d", false, true),
                entry("'-+/e//./f/'", "/e/f", true, true),
            ]
        );
    }
}
