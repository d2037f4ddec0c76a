//! The unit for systemd-analyze: the settings of the merged unit that it rates.

use std::fmt::Write;

use crate::bundle::BundleService;

/// The settings that `systemd-analyze security` rates, or that decide one it rates (`analyze-security.c` of systemd 250 to
/// 262). Others are omitted: systemd refuses a unit with a line that its version can't parse.
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

/// The text of a service's unit followed by its drop-in, as systemd merges them.
pub fn unit(service: &BundleService) -> String {
    // Commands are not rated, but a service needs one.
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
