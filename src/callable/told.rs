//! The answer of a search.

use std::collections::{BTreeMap, BTreeSet};

use super::inventory::{At, Inventory};
use super::untold::Untold;
use crate::store::StorePath;

/// Which executables of a closure can be called.
#[derive(Debug, Default)]
pub struct Called {
    /// Why nothing can be said; then all can be.
    pub untold: Vec<Untold>,
    /// Those that stay, each with the reason.
    pub(super) kept: BTreeMap<At, Why>,
    /// What services see as /bin/sh, if no record tells whether a run called it.
    pub(super) unrecorded_shells: BTreeSet<At>,
    /// The numbers of the store paths of the closure.
    pub(super) closure: Vec<usize>,
}

/// Why an executable stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// The unit names it.
    Unit,
    /// It is /bin/sh, and something can call a shell.
    Shell,
    /// A run touched it, as a record tells.
    Ran,
    /// It is of a package that the service has been given (`confinement.packages`).
    Given,
    /// This executable names it or leads to it.
    Executable(usize, usize),
    /// It is among the helpers in the package of this executable.
    Helper(usize, usize),
    /// Another file of this store path names it.
    Files(usize),
}

/// An executable with the reason why it stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stays {
    /// Its store path.
    pub path: StorePath,
    /// Its path below it.
    pub below: String,
    /// Why, as the end of a sentence.
    pub why: String,
}

impl Called {
    /// The executables of the closure that nothing can call, by store path, each by its path below it. Those are left out that are
    /// neither where packages have commands and helpers nor programs in ELF: scripts elsewhere are often read by others.
    pub fn hidable<'i>(
        &self,
        inventory: &'i Inventory,
    ) -> BTreeMap<&'i StorePath, Vec<&'i super::Executable>> {
        if !self.untold.is_empty() {
            return BTreeMap::new();
        }
        self.hidable_but(inventory, |at| self.kept.contains_key(&at))
    }

    /// The executables of the closure that may be hidden, without those that stay.
    pub(super) fn hidable_but<'i>(
        &self,
        inventory: &'i Inventory,
        stays: impl Fn(At) -> bool,
    ) -> BTreeMap<&'i StorePath, Vec<&'i super::Executable>> {
        let mut found = BTreeMap::new();
        for path in &self.closure {
            let hidable: Vec<_> = inventory
                .all(*path)
                .filter(|at| !stays(*at) && inventory.is_hidable(*at))
                .map(|(_, index)| &inventory.paths[*path].executables[index])
                .collect();
            if !hidable.is_empty() {
                found.insert(inventory.paths[*path].path, hidable);
            }
        }
        found
    }

    /// The executables that stay, each with the reason.
    pub fn stays(&self, inventory: &Inventory) -> Vec<Stays> {
        let kept = self.kept.iter();
        kept.map(|(at, why)| Stays {
            path: inventory.paths[at.0].path.clone(),
            below: inventory.executable(*at).below.clone(),
            why: inventory.told(*why),
        })
        .collect()
    }
}

impl Inventory<'_> {
    fn told(&self, why: Why) -> String {
        match why {
            Why::Unit => "the unit names it".to_owned(),
            Why::Shell => "it is at /bin/sh, and something can call a shell".to_owned(),
            Why::Ran => "a record tells that it was opened or executed".to_owned(),
            Why::Given => "confinement.packages has its package".to_owned(),
            Why::Executable(path, index) => format!("{} can call it", self.whole((path, index))),
            Why::Helper(path, index) => {
                format!("it may be a helper of {}", self.whole((path, index)))
            }
            Why::Files(path) => format!("a file of {} names it", self.paths[path].path),
        }
    }
}
