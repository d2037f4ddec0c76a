//! Settings that conflict with confinement.

use std::path::Path;

use anyhow::{Result, bail};

use super::place::is_of_nixpkgs;
use crate::service::{Settings, UnitName};
use crate::systemd::temporary_file_systems;

/// Fails if the unit has such settings.
pub(super) fn refuse_conflicts(name: &UnitName, own: &Settings) -> Result<()> {
    for setting in ["RootDirectory", "RootImage"] {
        if let Some(value) = own
            .value(setting)
            .filter(|value| !is_of_nixpkgs(name, value))
        {
            bail!(
                "it sets {setting}={value}, but confinix has to set RootDirectory=: remove that setting from the unit (in NixOS: systemd.services.{:?}.serviceConfig.{setting} = lib.mkForce null), or leave the service unconfined{}",
                name.stem(),
                if setting == "RootDirectory" {
                    "; or keep that root, in which the closure replaces the store (confinement.adopt = true)"
                } else {
                    ""
                }
            );
        }
    }
    for value in own.list("TemporaryFileSystem") {
        if temporary_file_systems(value).any(|mounted| Path::new(&mounted.path) == Path::new("/")) {
            bail!(
                "it sets TemporaryFileSystem={value}, which would hide the root that confinement sets: remove that from the unit (in NixOS: from systemd.services.{:?}.serviceConfig.TemporaryFileSystem), or leave the service unconfined",
                name.stem()
            );
        }
    }
    if own.boolean("RootDirectoryStartOnly")? == Some(true) {
        bail!(
            "it sets RootDirectoryStartOnly=yes: systemd would bind the closure over the host for all commands but ExecStart=; remove the setting, or move those commands to a separate service"
        );
    }
    Ok(())
}
