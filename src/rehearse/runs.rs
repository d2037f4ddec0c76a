//! What records tell of the files of a closure, for a bundle that hides executables.

use std::collections::BTreeMap;

use super::{Recorded, Records};
use crate::service::{Run, UnitName};

impl Records {
    /// What the runs of each service touched.
    pub fn runs(&self) -> BTreeMap<UnitName, Vec<Run>> {
        let mut runs: BTreeMap<_, Vec<Run>> = BTreeMap::new();
        for (_, record) in &self.0 {
            for (name, recorded) in &record.services {
                if let Some(run) = recorded.run() {
                    runs.entry(name.clone()).or_default().push(run);
                }
            }
        }
        runs
    }
}

impl Recorded {
    /// What its run touched; `None` if that was not recorded. `runsOf` in nix/services/confinement.nix is the same in Nix.
    fn run(&self) -> Option<Run> {
        let (holds_for, observation) = (self.holds_for.as_ref()?, self.observation.as_ref()?);
        Some(Run {
            closure: holds_for.closure.clone(),
            executed: observation.within.executed.clone(),
            opened: observation.within.opened.clone(),
            bin_sh: observation.bin_sh,
            incomplete: observation.incomplete,
        })
    }
}
