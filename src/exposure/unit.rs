//! The unit that systemd is shown: what of the merged one it weighs.

use std::fmt::Write;

use crate::bundle::BundleService;

/// The settings that `systemd-analyze security` weighs, or that decide on one it weighs (`analyze-security.c` of systemd 250 to 262).
/// Others are left out: a line that one version of systemd can't read would make it refuse the unit.
pub const WEIGHED: [&str; 42] = [
    "AmbientCapabilities",
    "CapabilityBoundingSet",
    "Delegate",
    "DeviceAllow",
    "DevicePolicy",
    "DynamicUser",
    "IPAddressAllow",
    "IPAddressDeny",
    "IPEgressFilterPath",
    "IPIngressFilterPath",
    "KeyringMode",
    "LockPersonality",
    "MemoryDenyWriteExecute",
    "NoNewPrivileges",
    "NotifyAccess",
    "PrivateDevices",
    "PrivateMounts",
    "PrivateNetwork",
    "PrivateTmp",
    "PrivateUsers",
    "ProcSubset",
    "ProtectClock",
    "ProtectControlGroups",
    "ProtectHome",
    "ProtectHostname",
    "ProtectKernelLogs",
    "ProtectKernelModules",
    "ProtectKernelTunables",
    "ProtectProc",
    "ProtectSystem",
    "RemoveIPC",
    "RestrictAddressFamilies",
    "RestrictNamespaces",
    "RestrictRealtime",
    "RestrictSUIDSGID",
    "RootDirectory",
    "RootImage",
    "SupplementaryGroups",
    "SystemCallArchitectures",
    "SystemCallFilter",
    "UMask",
    "User",
];

/// The text of a service's unit with its drop-in behind, as systemd merges them.
pub fn unit(service: &BundleService) -> String {
    // What it runs is not weighed, and without a command it would be no service.
    let mut text = String::from("[Service]\nExecStart=/bin/true\n");
    for settings in [&service.settings, &service.confinement] {
        for (name, values) in settings.iter().filter(|(name, _)| WEIGHED.contains(name)) {
            for value in values {
                let _ = writeln!(text, "{name}={}", value.replace('\n', " "));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nix_side_hands_over_what_is_weighed() {
        let nix = include_str!("../../nix/services/settings.nix");
        for setting in WEIGHED {
            assert!(
                nix.contains(&format!("\n    \"{setting}\"\n")),
                "listedSettings lacks {setting}"
            );
        }
    }
}
