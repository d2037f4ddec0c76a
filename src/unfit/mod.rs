//! Kinds of services that stay without confinement, by what is known of them: confinement breaks them, or keeps nothing from them.

mod calls;
mod own_services;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use anyhow::Result;

use self::calls::programs;
use crate::change::Change;
use crate::inspect::{Privileges, commands};
use crate::service::{Service, UnitName};
use crate::store::{Package, StoreDir, StoreFiles};
use crate::systemd::raw_words;

/// Programs, and why the services that start them stay out.
const KINDS: [(&str, &[&str]); 4] = [
    (
        "builds with Nix or talks to its daemon, and so with every path of the store",
        &[
            "cachix",
            "harmonia",
            "hercules-ci-agent",
            "hydra-eval-jobs",
            "hydra-evaluator",
            "hydra-queue-runner",
            "home-manager",
            "nix",
            "nix-build",
            "nix-channel",
            "nix-collect-garbage",
            "nix-daemon",
            "nix-env",
            "nix-instantiate",
            "nix-serve",
            "nix-shell",
            "nix-store",
            "nixos-rebuild",
            "ofborg",
            "switch-to-configuration",
        ],
    ),
    (
        "manages mounts of the host, and mounts in its own root stay there",
        &[
            "automount",
            "blkmapd",
            "cryptsetup",
            "fusermount",
            "fusermount3",
            "lvm",
            "mdadm",
            "mount",
            "mount.fuse",
            "mount.nfs",
            "pvscan",
            "rclone",
            "rpc.gssd",
            "rpc.idmapd",
            "rpc.mountd",
            "rpc.nfsd",
            "rpc.statd",
            "sshfs",
            "udisksd",
            "umount",
            "vgchange",
            "zfs",
            "zpool",
        ],
    ),
    (
        "runs containers or virtual machines, which need mounts and paths of the host",
        &[
            "buildkitd",
            "conmon",
            "containerd",
            "containerd-shim-runc-v2",
            "cri-dockerd",
            "crio",
            "crun",
            "docker",
            "dockerd",
            "firecracker",
            "incusd",
            "k3s",
            "kubelet",
            "libvirtd",
            "lxc-start",
            "lxcfs",
            "lxd",
            "machinectl",
            "nomad",
            "podman",
            "rke2",
            "rootlesskit",
            "runc",
            "systemd-nspawn",
            "virtlxcd",
            "virtqemud",
            "youki",
        ],
    ),
    (
        "needs the host's root: it starts sessions or commands of users there, or sets up the host itself",
        &[
            "agetty", "anacron", "atd", "cron", "crond", "depmod", "dropbear", "fcron", "gdm",
            "getty", "greetd", "insmod", "lightdm", "login", "mingetty", "modprobe", "rmmod",
            "sddm", "sshd", "sulogin", "udevadm", "xdm",
        ],
    ),
];

/// Why a service stays without confinement; `None` if nothing is known that keeps it out.
pub fn stays_out(
    name: &UnitName,
    service: &Service,
    dir: &StoreDir,
    files: &dyn StoreFiles,
) -> Result<Option<String>> {
    let of_systemd = || {
        let lines = service.exec.values().flatten();
        let mut commands = lines.flat_map(|line| commands(&line.text));
        commands.any(|command| {
            let owner = dir.owner(&command.program);
            owner.is_some_and(|path| {
                let package = Package::parse(path.name());
                matches!(package.name, "systemd" | "systemd-minimal")
                    && command.program.contains("/lib/systemd/")
            })
        })
    };
    if name.as_str().starts_with("systemd-") || of_systemd() {
        return Ok(Some(
            "it is a part of systemd, which sets up the host".to_owned(),
        ));
    }
    if let Some(reason) = own_services::reason(name) {
        return Ok(Some(reason.to_owned()));
    }
    for setting in ["RootDirectory", "RootImage"] {
        let value = service.settings.value(setting);
        if let Some(value) = value.filter(|value| *value != "/" && !service.confinement.adopt) {
            return Ok(Some(format!(
                "it has a root of its own ({setting}={value})"
            )));
        }
    }
    if service.settings.value("MountFlags") == Some("shared") {
        let (why, _) = KINDS[1];
        return Ok(Some(format!("it {why} (MountFlags=shared)")));
    }
    if let Some(reason) = is_in_vain(service, &[]) {
        return Ok(Some(reason.to_owned()));
    }
    let names = programs(service, dir, files)?;
    let kind = KINDS.iter().find_map(|(why, known)| {
        let known: BTreeSet<&str> = known.iter().copied().collect();
        let program = names.iter().find(|name| known.contains(name.as_str()))?;
        Some(format!("it {why} ({program})"))
    });
    Ok(kind)
}

const ROOT_ON_BUS: &str = "it runs as root and reaches the system bus, over which root can start anything outside of its root";

/// Why a service stays out with changes that make it work; `None` if they keep something from it.
pub fn is_in_vain(service: &Service, changes: &[Change]) -> Option<&'static str> {
    let is_root = Privileges(&service.settings).is_root();
    (is_root && is_on_bus(service, changes)).then_some(ROOT_ON_BUS)
}

/// Whether a service with these changes reaches the system bus.
fn is_on_bus(service: &Service, changes: &[Change]) -> bool {
    let settings = &service.settings;
    let is_dbus = match settings.value("Type") {
        Some(kind) => kind == "dbus",
        None => settings.value("BusName").is_some(),
    };
    let shows = |bind: &str| {
        let source = bind
            .trim_start_matches('-')
            .split(':')
            .next()
            .unwrap_or_default();
        matches!(
            source.trim_end_matches('/'),
            "/run" | "/run/dbus" | "/run/dbus/system_bus_socket" | "/var/run/dbus" | "/var/run"
        )
    };
    let own_binds = ["BindPaths", "BindReadOnlyPaths"]
        .iter()
        .flat_map(|setting| settings.list(setting))
        .flat_map(|value| raw_words(value));
    let is_preset = |name: &str| name == "dbus";
    let mut presets = service.confinement.presets.iter();
    is_dbus
        || presets.any(|preset| is_preset(&preset.name))
        || own_binds.into_iter().any(|bind| shows(&bind))
        || changes.iter().any(|change| match change {
            Change::Presets(names) => names.iter().any(|name| is_preset(name)),
            Change::Add(_, values) => values.iter().any(|value| shows(&value.to_string())),
            _ => false,
        })
}
