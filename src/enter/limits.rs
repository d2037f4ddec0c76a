//! The settings of a unit that bubblewrap does not apply.

use crate::root::{Inside, MountKind, Root};
use crate::service::Settings;
use crate::store::NoFiles;
use crate::systemd::path_entries;

/// Settings of a unit that have no effect in an imitated root, and why.
#[derive(Debug, PartialEq, Eq)]
pub struct Limit {
    /// The settings, in the order of the table.
    pub settings: Vec<&'static str>,
    /// What applies instead.
    pub why: &'static str,
}

/// The settings that have no effect in any root, by what applies instead.
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
        "files can be executed wherever they are",
        &["ExecPaths", "NoExecPaths"],
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

/// The settings of a unit that have no effect. Numeric users and groups do have one, and disabled settings and paths of the host
/// need none.
pub(super) fn limits(own: &Settings, root: &Root) -> Vec<Limit> {
    let is_set = |setting: &str| {
        if matches!(setting, "ExecPaths" | "NoExecPaths") {
            let entries = path_entries(own, setting);
            return entries.iter().any(|entry| entry.is_of_root);
        }
        own.value(setting).is_some_and(|value| {
            let is_id = matches!(setting, "User" | "Group") && value.parse::<u32>().is_ok();
            let is_off = matches!(value.to_ascii_lowercase().as_str(), "no" | "false" | "off");
            !is_id && !is_off
        })
    };
    let limits = TABLE.iter().filter_map(|(why, settings)| {
        let settings: Vec<_> = settings
            .iter()
            .copied()
            .filter(|setting| is_set(setting))
            .collect();
        (!settings.is_empty()).then_some(Limit { settings, why })
    });
    limits.chain(paths(root)).collect()
}

/// Settings of paths in the root, which bubblewrap can apply to whole mounts only.
fn paths(root: &Root) -> Vec<Limit> {
    let inside = Inside::new(root, &NoFiles, false);
    // Whether a path is in a mount that shows something there.
    let is_within = |path: &str, is_sealed: bool| {
        let Some((settled, rest)) = inside.nearest(path) else {
            return false;
        };
        let is_empty = matches!(
            settled.mount.kind,
            MountKind::Empty { .. }
                | MountKind::Run
                | MountKind::PrivateTmp
                | MountKind::Directory(_)
                | MountKind::Link { .. }
        );
        !(rest.is_empty() || is_empty || is_sealed && settled.read_only)
    };
    let mut mounts = root.mounts.iter();
    let keeps_access = mounts.any(|mount| {
        let is_of_store = || root.store_dir.owner(&mount.target).is_some();
        mount.kind == MountKind::Inaccessible && (is_of_store() || is_within(&mount.target, false))
    });
    let mut read_only = root.read_only.iter();
    let keeps_writable = read_only.any(|entry| is_within(&entry.path, true));
    let settings: Vec<_> = [
        (keeps_access, "InaccessiblePaths"),
        (keeps_writable, "ReadOnlyPaths"),
    ]
    .into_iter()
    .filter_map(|(is_limited, setting)| is_limited.then_some(setting))
    .collect();
    let mut limits = Vec::new();
    if !settings.is_empty() {
        limits.push(Limit {
            settings,
            why: "only whole mounts are affected, not paths in them",
        });
    }
    if !root.read_write.is_empty() {
        limits.push(Limit {
            settings: vec!["ReadWritePaths"],
            why: "paths that are not mounts stay read-only",
        });
    }
    limits
}

#[cfg(test)]
mod tests {
    use anyhow::Result;

    use super::*;
    use crate::root::Parts;
    use crate::service::Strategy;
    use crate::store::StoreDir;

    fn said(own: &[(&str, &str)]) -> Result<Vec<Vec<&'static str>>> {
        let dir = StoreDir::parse("/nix/store")?;
        let own = own.iter().copied().collect();
        let confinement = [("ReadOnlyPaths", "+/")].into_iter().collect();
        let root = Root::new(Parts {
            store_dir: &dir,
            own: &own,
            confinement: &confinement,
            bin_sh: None,
            may_hide_shell: false,
            closure: &[],
            strategy: Strategy::Bind,
            is_adopted: false,
        });
        let limits = limits(&own, &root).into_iter();
        Ok(limits.map(|limit| limit.settings).collect())
    }

    #[test]
    fn only_what_the_unit_sets_is_said() -> Result<()> {
        let said = said(&[
            ("User", "1000"),
            ("Group", "web"),
            ("LockPersonality", "false"),
            ("SystemCallFilter", "@system-service"),
            ("SystemCallFilter", "~@privileged"),
            ("Nice", ""),
            ("PrivateTmp", "yes"),
            ("NoExecPaths", "/"),
        ])?;
        assert_eq!(said, [["Group"], ["SystemCallFilter"]]);
        Ok(())
    }

    #[test]
    fn paths_are_said_where_bubblewrap_differs() -> Result<()> {
        let bind = ("BindPaths", "/srv /opt");
        let on_mounts = [
            bind,
            // These are paths of the host.
            ("ReadOnlyPaths", "/srv/x"),
            ("ReadWritePaths", "/var"),
            ("InaccessiblePaths", "/srv/x"),
            ("ReadOnlyPaths", "+/srv +/etc"),
            ("InaccessiblePaths", "+/opt"),
        ];
        assert_eq!(said(&on_mounts)?, [[""; 0]; 0]);
        let read_only = ("ReadOnlyPaths", "-+/srv/x");
        assert_eq!(said(&[bind, read_only])?, [["ReadOnlyPaths"]]);
        let sealed = ("ReadOnlyPaths", "+/srv");
        assert_eq!(said(&[bind, read_only, sealed])?, [[""; 0]; 0]);
        assert_eq!(
            said(&[
                bind,
                read_only,
                ("InaccessiblePaths", "+/srv/y"),
                ("ReadWritePaths", "+/var"),
                ("NoExecPaths", "+/")
            ])?,
            [
                &["NoExecPaths"][..],
                &["InaccessiblePaths", "ReadOnlyPaths"],
                &["ReadWritePaths"]
            ]
        );
        let store = "+/nix/store/5il9wafrx5ywmyskfr6lfgs81mpfwrrf-coreutils-9.1";
        let inaccessible = said(&[("InaccessiblePaths", store)])?;
        assert_eq!(inaccessible, [["InaccessiblePaths"]]);
        Ok(())
    }
}
