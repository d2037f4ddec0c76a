//! Units that packages ship.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::unit_files::FilesOfStore;
use super::{Part, UNIT_DIRS, UnitDirectories};
use crate::service::{Service, Services, Text, UnitName};
use crate::store::StoreFiles;

/// The drop-in in which NixOS puts what a service sets beside the unit of a package (nixpkgs' `generateUnits`).
const OWN_DROP_IN: &str = "overrides.conf";

/// Reads the units of services that have no command line of their own from the packages that may ship them, with the packages'
/// drop-ins for them, and puts their command lines and settings before and after what the service sets itself, in the order in which
/// systemd reads a unit and its drop-ins.
/// A unit that none of the packages ships is an error: systemd ignores the drop-ins of a unit that does not exist.
pub fn add_shipped_units(services: &mut Services, files: &dyn StoreFiles) -> Result<()> {
    let dir = &services.store_dir;
    for (name, service) in &mut services.services {
        if service.has_commands() {
            continue;
        }
        let packages = service.unit_packages.iter();
        let directories: Vec<PathBuf> = packages
            .flat_map(|package| UNIT_DIRS.map(|unit_dir| Path::new(&package.text).join(unit_dir)))
            .collect();
        let directories = UnitDirectories::linked(directories, FilesOfStore { files, dir });
        let Some(parts) = directories.parts(name)? else {
            bail!(
                "{name} has no Exec line, and none of the packages in systemd.packages ships it: set serviceConfig.ExecStart, or add its package (looked in {})",
                packages_of(service)
            );
        };
        add(name, service, parts)?;
    }
    Ok(())
}

fn packages_of(service: &Service) -> String {
    let packages = service.unit_packages.iter();
    let packages: Vec<_> = packages.map(|package| package.text.as_str()).collect();
    packages.join(", ")
}

fn add(name: &UnitName, service: &mut Service, parts: Vec<Part>) -> Result<()> {
    let fragment = parts
        .first()
        .map(|part| part.path.display().to_string())
        .context("a unit has no file")?;
    let own_exec = std::mem::take(&mut service.exec);
    let own_settings = std::mem::take(&mut service.settings);
    let (before, after): (Vec<_>, Vec<_>) = parts
        .into_iter()
        // The service's own takes the place of one that is called the same.
        .filter(|part| part.drop_in.as_deref() != Some(OWN_DROP_IN))
        .partition(|part| part.drop_in.as_deref() < Some(OWN_DROP_IN));
    for part in before {
        append(service, part);
    }
    for (setting, lines) in own_exec {
        service.exec.entry(setting).or_default().extend(lines);
    }
    service.settings = std::mem::take(&mut service.settings).followed_by(&own_settings);
    for part in after {
        append(service, part);
    }
    if !service.has_commands() {
        bail!("{name} has no Exec line: there is none in {fragment} either");
    }
    Ok(())
}

fn append(service: &mut Service, part: Part) {
    for (setting, line) in part.unit.exec {
        let lines = service.exec.entry(setting).or_default();
        lines.push(Text::plain(line));
    }
    service.settings = std::mem::take(&mut service.settings).followed_by(&part.unit.settings);
}
