//! What a run touched of its closure, and beyond it.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::touched::Touched;
use crate::store::StorePath;

/// As many bytes of names of files are kept of one service. Programs open a few thousand files: less than a tenth of it.
const MAX_NAMES: usize = 4 << 20;

/// What a run of a service touched in its view, sorted by what its closure is.
///
/// A view does not report symlinks that are followed, stat(2), readlink(2) and failed calls. So a store path that is not touched
/// can still be needed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Observation {
    /// How many store paths the closure has.
    pub closure_paths: usize,
    /// The files in store paths of the closure.
    pub within: Files,
    /// The files in other store paths, which the run could only reach because its view shows more than the closure.
    #[serde(default, skip_serializing_if = "Files::is_empty")]
    pub beyond: Files,
    /// The base names of the store paths of the closure in which nothing was opened.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub untouched: BTreeSet<String>,
    /// Whether what is at /bin/sh was opened or executed; `None` if that was not recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bin_sh: Option<bool>,
    /// Whether files may be missing: the kernel could not report each, or there were more than confinix keeps.
    pub incomplete: bool,
}

/// Files by their paths below the store: `<hash>-name/bin/x`, with symlinks resolved. The path of a directory ends with `/`. A byte
/// that is not part of a UTF-8 character, and `%`, are written as `%XX`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// Those that the kernel executed: programs, loaders, scripts and their interpreters.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub executed: BTreeSet<String>,
    /// Those that were opened, and not executed.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub opened: BTreeSet<String>,
}

impl Observation {
    /// What `touched` means for a closure.
    pub fn of(touched: &Touched, closure: &[StorePath]) -> Self {
        let mut closure: HashMap<&str, bool> =
            closure.iter().map(|path| (path.base(), false)).collect();
        let mut observation = Self {
            closure_paths: closure.len(),
            bin_sh: touched.bin_sh,
            incomplete: touched.incomplete,
            ..Self::default()
        };
        let mut kept = [Vec::new(), Vec::new(), Vec::new(), Vec::new()];
        for (path, access) in &touched.files {
            let base = path.split('/').next().unwrap_or(path);
            let is_within = match closure.get_mut(base) {
                Some(is_touched) => {
                    *is_touched = true;
                    true
                }
                None => false,
            };
            // What is kept first if there is too much.
            let place = usize::from(is_within) * 2 + usize::from(!access.executed);
            kept[place].push((path, access.directory));
        }
        let mut names = 0;
        let mut bounded = |files: Vec<(&String, bool)>| -> BTreeSet<String> {
            let named = files.into_iter().map(|(path, is_directory)| {
                let end = if is_directory { "/" } else { "" };
                format!("{path}{end}")
            });
            let fitting = named.filter(|name| {
                names += name.len();
                observation.incomplete |= names > MAX_NAMES;
                names <= MAX_NAMES
            });
            fitting.collect()
        };
        let [beyond_executed, beyond_opened, executed, opened] = kept;
        let beyond = Files {
            executed: bounded(beyond_executed),
            opened: bounded(beyond_opened),
        };
        let within = Files {
            executed: bounded(executed),
            opened: bounded(opened),
        };
        let untouched = closure.into_iter().filter(|(_, is_touched)| !is_touched);
        Self {
            within,
            beyond,
            untouched: untouched.map(|(base, _)| base.to_owned()).collect(),
            ..observation
        }
    }

    /// In how many store paths of the closure something was opened.
    pub fn touched_paths(&self) -> usize {
        self.closure_paths.saturating_sub(self.untouched.len())
    }
}

impl Files {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.executed.is_empty() && self.opened.is_empty()
    }

    /// Each file, with whether it was executed; those that were come first.
    pub fn iter(&self) -> impl Iterator<Item = (&str, bool)> {
        let executed = self.executed.iter().map(|path| (path.as_str(), true));
        executed.chain(self.opened.iter().map(|path| (path.as_str(), false)))
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Result;

    use super::super::Access;
    use super::*;
    use crate::store::StoreDir;

    const SHELL: &str = "0c0dfghijklmnpqrsvwxyz0123456789-bash-5.2";
    const DATA: &str = "1c0dfghijklmnpqrsvwxyz0123456789-data";
    const OTHER: &str = "2c0dfghijklmnpqrsvwxyz0123456789-jq-1.7";

    const OPENED: Access = Access {
        opened: true,
        executed: false,
        directory: false,
    };
    const EXECUTED: Access = Access {
        executed: true,
        ..OPENED
    };
    const LISTED: Access = Access {
        directory: true,
        ..OPENED
    };

    fn closure(bases: &[&str]) -> Result<Vec<StorePath>> {
        let store = StoreDir::parse("/nix/store")?;
        bases.iter().map(|base| store.join(base)).collect()
    }

    fn touched(files: &[(String, Access)]) -> Touched {
        let mut touched = Touched::default();
        touched.files = files.iter().cloned().collect();
        touched
    }

    #[test]
    fn files_are_sorted_by_whether_the_closure_has_them() -> Result<()> {
        let touched = touched(&[
            (format!("{SHELL}/bin/sh"), EXECUTED),
            (format!("{SHELL}/share"), LISTED),
            (SHELL.to_owned(), OPENED),
            (format!("{OTHER}/bin/jq"), EXECUTED),
            (format!("{OTHER}/lib/libjq.so"), OPENED),
        ]);
        let observation = Observation::of(&touched, &closure(&[SHELL, DATA])?);
        let set = |paths: &[String]| paths.iter().cloned().collect::<BTreeSet<_>>();
        let expected = Observation {
            closure_paths: 2,
            within: Files {
                executed: set(&[format!("{SHELL}/bin/sh")]),
                opened: set(&[format!("{SHELL}/share/"), SHELL.to_owned()]),
            },
            beyond: Files {
                executed: set(&[format!("{OTHER}/bin/jq")]),
                opened: set(&[format!("{OTHER}/lib/libjq.so")]),
            },
            untouched: set(&[DATA.to_owned()]),
            bin_sh: None,
            incomplete: false,
        };
        assert_eq!(observation, expected);
        assert_eq!(observation.touched_paths(), 1);
        Ok(())
    }

    #[test]
    fn a_file_of_too_many_is_not_lost_silently() -> Result<()> {
        let files: Vec<_> = (0..MAX_NAMES / SHELL.len())
            .map(|number| (format!("{SHELL}/{number:09}"), OPENED))
            .chain([(format!("{OTHER}/bin/jq"), EXECUTED)])
            .chain([(format!("{DATA}/x"), OPENED)])
            .collect();
        let observation = Observation::of(&touched(&files), &closure(&[SHELL, DATA])?);
        assert!(observation.incomplete);
        let names: usize = observation.within.iter().map(|(path, _)| path.len()).sum();
        assert!(names <= MAX_NAMES, "{names}");
        assert!(observation.within.opened.len() > 70_000);
        // What is of most interest is kept, and what is said of the closure holds.
        assert_eq!(observation.beyond.executed.len(), 1);
        assert_eq!(observation.untouched, BTreeSet::new());
        Ok(())
    }

    #[test]
    fn what_the_recorder_missed_stays_known() -> Result<()> {
        let mut touched = touched(&[]);
        touched.incomplete = true;
        let observation = Observation::of(&touched, &closure(&[SHELL])?);
        assert!(observation.incomplete);
        assert_eq!(observation.touched_paths(), 0);
        Ok(())
    }
}
