//! Units that packages ship, for services that extend them.

use anyhow::{Context, Result, bail};

use super::Request;
use crate::nix::{self, Nix, Wanted};
use crate::service::Services;
use crate::store::StoreFiles;
use crate::systemd::add_shipped_units;

impl Request {
    /// Reads the units of packages into the services. The packages must be in the store.
    pub(super) fn add_shipped_units(
        &self,
        nix: &Nix,
        services: &mut Services,
        files: &dyn StoreFiles,
    ) -> Result<()> {
        let mut packages = Wanted::default();
        for (name, service) in &services.services {
            let upstream = service
                .placement
                .iter()
                .flat_map(|placement| &placement.upstream);
            for package in service.unit_packages.iter().chain(upstream) {
                let path = services.store_dir.owner(&package.text).with_context(|| {
                    format!(
                        "{name}: {:?} in systemd.packages is not a store path",
                        package.text
                    )
                })?;
                packages.add(path, name, package.installables());
            }
        }
        if packages.is_empty() {
            return merge_shipped_units(nix, services, files);
        }
        if self.graph.is_some() {
            bail!(
                "packages ship the units of some services, which a recorded graph does not contain: drop --graph, or record the services with `confinix services`, which reads those units"
            );
        }
        nix::ensure_valid(nix, packages, &services.store_dir, self.no_build).context(
            "the units of services may be among those that packages ship (systemd.packages)",
        )?;
        merge_shipped_units(nix, services, files)
    }
}

pub fn merge_shipped_units(
    nix: &Nix,
    services: &mut Services,
    files: &dyn StoreFiles,
) -> Result<()> {
    for warning in add_shipped_units(services, files)? {
        nix.progress().warn(&warning);
    }
    Ok(())
}
