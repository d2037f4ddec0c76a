//! The settings of a unit that bubblewrap does not apply.

use crate::service::Settings;

/// Settings of a unit that have no effect in an imitated root, and why.
#[derive(Debug, PartialEq, Eq)]
pub struct Limit {
    /// The settings, in the order of the table.
    pub settings: Vec<&'static str>,
    /// What applies instead.
    pub why: &'static str,
}

/// All settings known to have no effect, by what applies instead.
const TABLE: [(&str, &[&str]); 11] = [
    (
        "the command runs with your own user and groups",
        &["User", "Group", "SupplementaryGroups", "DynamicUser"],
    ),
    (
        "the command has no capabilities",
        &["AmbientCapabilities", "CapabilityBoundingSet", "SecureBits"],
    ),
    (
        "system calls are not filtered",
        &[
            "LockPersonality",
            "MemoryDenyWriteExecute",
            "RestrictAddressFamilies",
            "RestrictFileSystems",
            "RestrictNamespaces",
            "RestrictRealtime",
            "RestrictSUIDSGID",
            "SystemCallArchitectures",
            "SystemCallFilter",
        ],
    ),
    (
        "the command has no cgroup of its own",
        &[
            "CPUQuota",
            "DeviceAllow",
            "DevicePolicy",
            "IPAddressAllow",
            "IPAddressDeny",
            "MemoryHigh",
            "MemoryMax",
            "Slice",
            "SocketBindAllow",
            "SocketBindDeny",
            "TasksMax",
        ],
    ),
    (
        "limits and priorities are your own",
        &[
            "LimitCORE",
            "LimitMEMLOCK",
            "LimitNOFILE",
            "LimitNPROC",
            "Nice",
            "OOMScoreAdjust",
            "UMask",
        ],
    ),
    (
        "credentials are missing",
        &[
            "ImportCredential",
            "LoadCredential",
            "LoadCredentialEncrypted",
            "SetCredential",
            "SetCredentialEncrypted",
        ],
    ),
    (
        "only variables from Environment= and store files are set",
        &["EnvironmentFile", "PassEnvironment"],
    ),
    (
        "access to paths in the root is only that of its binds",
        &[
            "ExecPaths",
            "InaccessiblePaths",
            "NoExecPaths",
            "ReadOnlyPaths",
            "ReadWritePaths",
        ],
    ),
    (
        "no image is mounted",
        &[
            "ExtensionDirectories",
            "ExtensionImages",
            "MountImages",
            "RootImage",
        ],
    ),
    (
        "the network is the host's",
        &["NetworkNamespacePath", "RestrictNetworkInterfaces"],
    ),
    (
        "no security module label is set",
        &["AppArmorProfile", "SELinuxContext", "SmackProcessLabel"],
    ),
];

/// Returns the settings of a unit that have no effect. Numeric users and groups do have one, and disabled settings need none.
pub fn limits(own: &Settings) -> Vec<Limit> {
    let is_set = |setting: &str| {
        own.value(setting).is_some_and(|value| {
            let is_id = matches!(setting, "User" | "Group") && value.parse::<u32>().is_ok();
            let is_off = matches!(value.to_ascii_lowercase().as_str(), "no" | "false" | "off");
            !is_id && !is_off
        })
    };
    TABLE
        .iter()
        .filter_map(|(why, settings)| {
            let settings: Vec<_> = settings
                .iter()
                .copied()
                .filter(|setting| is_set(setting))
                .collect();
            (!settings.is_empty()).then_some(Limit { settings, why })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_unit_sets_is_said() {
        let own = Settings::from_iter([
            ("User", "1000"),
            ("Group", "web"),
            ("LockPersonality", "false"),
            ("SystemCallFilter", "@system-service"),
            ("SystemCallFilter", "~@privileged"),
            ("Nice", ""),
            ("PrivateTmp", "yes"),
        ]);
        let said: Vec<_> = limits(&own)
            .into_iter()
            .map(|limit| limit.settings)
            .collect();
        assert_eq!(said, [["Group"], ["SystemCallFilter"]]);
    }

    /// The Nix code passes on no setting that it does not list.
    #[test]
    fn the_nix_side_lists_every_one() {
        let nix = include_str!("../../nix/services/settings.nix");
        for setting in TABLE.iter().flat_map(|(_, settings)| *settings) {
            assert!(
                nix.contains(&format!("    \"{setting}\"\n")),
                "{setting} is not in listedSettings"
            );
        }
    }
}
