//! What runs of a service touched in its closure, as records of rehearsals and observations tell.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Confinement, Hide, HideClass};

/// The files of its closure that a run of a service touched, by their paths below the store: `<hash>-name/bin/x`, with symlinks resolved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Run {
    /// The id of the closure.
    pub closure: String,
    /// Those that were executed.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub executed: BTreeSet<String>,
    /// Those that were only opened.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub opened: BTreeSet<String>,
    /// Whether what is at /bin/sh was opened or executed; `None` if that was not recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bin_sh: Option<bool>,
    /// Whether files may be missing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub incomplete: bool,
}

impl Run {
    /// The files.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.executed.iter().chain(&self.opened).map(String::as_str)
    }
}

impl Confinement {
    /// Whether it is to leave out files.
    pub fn wants_hiding(&self) -> bool {
        !self.hide.is_empty() || self.hide_unobserved.is_some()
    }

    /// What the view of the closure with this id leaves out. What no run touched is known only of a closure that was run as it is, and
    /// recorded completely.
    pub fn hides(&self, closure: &str) -> Hide {
        let mut hide = self.hide.clone();
        if self.hide_unobserved.is_some() && self.whole_runs(closure).next().is_some() {
            hide.insert(HideClass::Unobserved);
        }
        hide
    }

    /// Whether runs called /bin/sh; `None` if that is not known of the closure with this id.
    pub fn ran_bin_sh(&self, closure: &str) -> Option<bool> {
        let is_called = self.runs.iter().any(|run| run.bin_sh == Some(true));
        let of_closure = self.whole_runs(closure).filter_map(|run| run.bin_sh).max();
        if is_called { Some(true) } else { of_closure }
    }

    /// The runs of the closure with this id that were recorded completely.
    fn whole_runs(&self, closure: &str) -> impl Iterator<Item = &Run> {
        let runs = self.runs.iter();
        runs.filter(move |run| run.closure == closure && !run.incomplete)
    }
}
