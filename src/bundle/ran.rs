//! The executables that runs of services touched, so that their views show them.

use std::collections::BTreeSet;

use anyhow::{Result, anyhow};

use super::model::BundleService;
use super::uncalled::by_calls;
use super::views::unseen;
use crate::callable::Inventory;
use crate::confine::Rooted;
use crate::service::Run;
use crate::store::{StoreDir, StoreFiles, StorePath};

/// Records the executables that the runs of each service touched, if its view leaves out executables. `paths` has the paths of each closure.
pub fn add_ran<'a, T>(
    rooted: &[Rooted],
    services: &mut [(BundleService, T)],
    paths: impl Fn(&str) -> Vec<&'a StorePath>,
    dir: &StoreDir,
    files: &dyn StoreFiles,
) -> Result<()> {
    let runs = |rooted: &Rooted| !rooted.service.confinement.runs.is_empty();
    let with_runs = rooted.iter().zip(services);
    let with_runs: Vec<_> = with_runs
        .filter(|(rooted, (service, _))| runs(rooted) && !by_calls(service).is_empty())
        .map(|(rooted, (service, _))| (&rooted.service.confinement, service))
        .collect();
    if with_runs.is_empty() {
        return Ok(());
    }
    let all: BTreeSet<_> = with_runs
        .iter()
        .flat_map(|(_, service)| paths(&service.closure))
        .collect();
    let inventory = Inventory::look(dir, all, files)?;
    if let Some(path) = inventory.unseen() {
        return Err(anyhow!(unseen(path)));
    }
    for (confinement, service) in with_runs {
        let closure = paths(&service.closure);
        let files = confinement.runs.iter().flat_map(Run::files);
        service.ran = inventory.ran(&closure, files);
        service.ran_bin_sh = confinement.ran_bin_sh(&service.closure);
    }
    Ok(())
}
