//! Whether units can be installed in a place.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use rustix::fs::{Access, StatVfsMountFlags, access, statvfs};

use super::files::drop_ins;
use super::plan::first;
use super::{Changes, Place, State};
use crate::bundle::Bundle;
use crate::document;
use crate::host::user;
use crate::inspect::{commands, read_elf_of};
use crate::service::{ExecSetting, UnitName};
use crate::store::StorePath;
use crate::text::InLines;

/// Fails if units have no place there: it has no systemd, it is a NixOS system, or links lead out of the tree.
pub fn check(place: &Place) -> Result<()> {
    let units = place.units();
    let is_nixos = place.at_path("/etc/NIXOS").exists() && !place.is_of_one_user();
    if is_nixos || is_in_store(&units) {
        bail!(
            "{} is that of a NixOS system, which makes it from its configuration: use confinix's NixOS module instead (docs/nixos.md)",
            units.display()
        );
    }
    if place.is_this_machine() {
        // sd_booted(3)
        if !Path::new("/run/systemd/system").is_dir() {
            bail!(
                "this machine was not booted with systemd, so it has no services to confine: install on one that was, or into its tree with --root DIR"
            );
        }
    }
    if place.is_of_one_user() {
        user::runtime_directory()?;
    } else if !units.is_dir() {
        bail!(
            "{} does not exist: {} is no tree of a system with systemd",
            units.display(),
            place.root().display()
        );
    }
    place.refuse_outside(&units)?;
    place.refuse_outside(&place.generations())
}

/// Fails if the user can't write where units are installed. Creates the user's own directory of units.
pub fn check_writable(place: &Place) -> Result<()> {
    let units = place.units();
    if place.is_of_one_user() {
        fs::create_dir_all(&units).with_context(|| format!("cannot create {}", units.display()))?;
    } else if place.is_this_machine() && !rustix::process::geteuid().is_root() {
        bail!("installing units needs root: use sudo");
    }
    let state = place.at_path("/var/lib");
    let state = (!place.is_of_one_user()).then_some(&state);
    for directory in [&units].into_iter().chain(state) {
        let is_read_only = statvfs(directory.as_path())
            .is_ok_and(|found| found.f_flag.contains(StatVfsMountFlags::RDONLY));
        if is_read_only {
            bail!(
                "{} is read-only, so nothing can be installed there: make it writable (mount -o remount,rw), or change the image that it comes from",
                directory.display()
            );
        }
    }
    if access(&units, Access::WRITE_OK).is_err() {
        bail!("you may not write to {}: use sudo", units.display());
    }
    Ok(())
}

/// Whether a directory leads into a store of Nix, as on NixOS.
fn is_in_store(directory: &Path) -> bool {
    let real = fs::canonicalize(directory);
    real.is_ok_and(|real| real.starts_with("/nix/store"))
}

/// Where a unit is besides in the directory that confinix installs in.
fn elsewhere(place: &Place, name: &str) -> Option<std::path::PathBuf> {
    let directories = place.unit_directories().into_iter();
    directories
        .filter(|directory| *directory != place.units())
        .map(|directory| directory.join(name))
        .find(|file| fs::symlink_metadata(file).is_ok())
}

/// Fails if a service of the bundle would have a drop-in and no unit, which systemd ignores.
pub fn refuse_drop_ins_without_unit(
    place: &Place,
    bundle: &Bundle,
    files: &BTreeMap<String, Vec<u8>>,
    changes: &Changes,
) -> Result<()> {
    let is_removed = |name: &str| changes.get(name).is_some_and(|change| change.new.is_none());
    let is_there = |name: &str| {
        let own = place.units().join(name);
        files.contains_key(name)
            || fs::symlink_metadata(own).is_ok() && !is_removed(name)
            || elsewhere(place, name).is_some()
    };
    let missing: Vec<_> = bundle
        .services
        .keys()
        .filter(|name| {
            let template = name.template();
            let template = template.as_ref().map(UnitName::as_str);
            !is_there(name.as_str()) && !template.is_some_and(is_there)
        })
        .map(ToString::to_string)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    bail!(
        "this machine has no unit {}, and the target has only drop-ins for it: install the target that has the unit (a plain set: -f services.nix), or leave the service out with --select",
        first(missing).join(", ")
    )
}

/// Fails if services run programs that are built for another architecture than this machine's.
pub fn refuse_other_architectures(place: &Place, bundle: &Bundle) -> Result<()> {
    // Another tree may be that of another machine, and an emulator may run the programs.
    if !place.is_this_machine() || emulates() {
        return Ok(());
    }
    for (name, service) in &bundle.services {
        let lines = service.exec.list(ExecSetting::ExecStart.name()).iter();
        for command in lines.flat_map(|line| commands(line)) {
            let program = document::open(Path::new(&command.program));
            let elf = program.ok().and_then(|program| read_elf_of(&program).ok());
            if let Some(elf) = elf.filter(|elf| elf.machine.runs_here() == Some(false)) {
                bail!(
                    "{name} runs {}, which is built for {}, and this machine is {}: install a target that is made for this machine",
                    command.program,
                    elf.machine,
                    std::env::consts::ARCH
                );
            }
        }
    }
    Ok(())
}

/// Whether programs for other architectures run through an emulator (binfmt_misc).
fn emulates() -> bool {
    let entries = fs::read_dir("/proc/sys/fs/binfmt_misc").into_iter();
    let mut names = entries.flatten().flatten().map(|entry| entry.file_name());
    names.any(|name| name.to_string_lossy().starts_with("qemu-"))
}

/// Warnings about units of the distribution that installed ones replace.
pub fn replaced(place: &Place, files: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let units = files.keys().filter(|path| !path.contains('/'));
    units
        .filter_map(|name| {
            let other = elsewhere(place, name)?;
            Some(format!(
                "warning: {name} takes the place of {}, which this machine has already",
                other.display()
            ))
        })
        .collect()
}

/// Warnings if the manifest of what was installed is gone, also about what is left of it beside these files.
pub fn lost(
    place: &Place,
    state: &State,
    files: &BTreeMap<String, Vec<u8>>,
) -> Result<Vec<String>> {
    let Some(lost) = state.lost else {
        return Ok(Vec::new());
    };
    let mut warnings = vec![format!(
        "warning: {} is gone, with the list of what generation {lost} installed: confinix knows only what other generations list",
        place.generation(lost).display()
    )];
    let mut left = drop_ins(&place.units())?;
    left.retain(|path| !files.contains_key(path));
    if !left.is_empty() {
        warnings.push(format!(
            "warning: remove what generation {lost} has left in {}, with its units: {}",
            place.units().display(),
            first(left).join(", ")
        ));
    }
    Ok(warnings)
}

/// Fails if the store in a place lacks paths.
pub fn refuse_missing_paths<'p>(
    place: &Place,
    paths: impl Iterator<Item = &'p StorePath>,
) -> Result<()> {
    let is_missing =
        |path: &&StorePath| fs::symlink_metadata(place.at_path(path.as_str())).is_err();
    let missing: Vec<_> = paths.filter(is_missing).map(ToString::to_string).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let count = missing.len();
    bail!(InLines(format!(
        "the store in {} lacks {count} of the store paths that services need: copy them there with `nix copy`\n  {}",
        place.root().display(),
        first(missing).join("\n  ")
    )))
}
