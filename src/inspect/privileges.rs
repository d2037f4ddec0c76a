//! What the settings of a unit let its service do to the mounts and processes of the host.

use crate::service::Settings;

/// The privileges of a service with its own root, from the settings of its unit and its drop-in.
pub struct Privileges<'a>(pub &'a Settings);

impl Privileges<'_> {
    /// Whether it runs as root.
    pub fn is_root(&self) -> bool {
        matches!(self.0.value("User"), None | Some("root" | "0")) && !self.is_on("DynamicUser")
    }

    /// Whether it can remove the read-only flag of its bind mounts, and write to their sources.
    pub fn can_remount(&self) -> bool {
        let has = |setting, capability| has_capability(self.0, setting, capability);
        let is_ambient = ["CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE"]
            .into_iter()
            .all(|capability| has("AmbientCapabilities", capability));
        let may_mount = ["mount", "mount_setattr"]
            .into_iter()
            .any(|call| may_call(self.0, call));
        self.shares_users()
            && (self.is_root() || is_ambient)
            && has("CapabilityBoundingSet", "CAP_SYS_ADMIN")
            && may_mount
    }

    /// Whether it can access the root directories of other processes of its user, if its root shows them.
    pub fn reads_other_roots(&self) -> bool {
        let is_alone = self.is_on("DynamicUser") || self.is_on("PrivatePIDs");
        self.shares_users() && !is_alone
    }

    /// Whether it has the user namespace of the host. Values other than booleans (`self`, `identity`, `full`) also create a new
    /// one.
    fn shares_users(&self) -> bool {
        matches!(self.0.boolean("PrivateUsers"), Ok(None | Some(false)))
    }

    fn is_on(&self, setting: &str) -> bool {
        matches!(self.0.boolean(setting), Ok(Some(true)))
    }
}

/// Whether a set of capabilities contains one (`config_parse_capability_set`). The bounding set starts with all, any other with
/// none.
fn has_capability(settings: &Settings, setting: &str, capability: &str) -> bool {
    let is_bounding = setting == "CapabilityBoundingSet";
    let (mut has, mut is_first) = (is_bounding, true);
    for value in settings.list_with_resets(setting) {
        let (is_inverse, words) = match value.strip_prefix('~') {
            Some(words) => (true, words),
            None => (false, value.as_str()),
        };
        let names = words
            .split_whitespace()
            .any(|word| word.eq_ignore_ascii_case(capability));
        if is_first || words.trim().is_empty() {
            has = names != is_inverse;
        } else if names {
            has = !is_inverse;
        }
        is_first = false;
    }
    has
}

/// Whether a service may make a system call of the group `@mount` (`config_parse_syscall_filter`). The first assignment determines
/// whether the filter lists allowed or forbidden calls.
fn may_call(settings: &Settings, call: &str) -> bool {
    let mut filter: Option<(bool, bool)> = None;
    for value in settings.list_with_resets("SystemCallFilter") {
        if value.is_empty() {
            filter = None;
            continue;
        }
        let (is_inverse, words) = match value.strip_prefix('~') {
            Some(words) => (true, words),
            None => (false, value.as_str()),
        };
        let (lists_allowed, mut is_listed) = filter.unwrap_or((!is_inverse, false));
        for word in words.split_whitespace() {
            let (name, error) = match word.split_once(':') {
                Some((name, error)) => (name, Some(error)),
                None => (word, None),
            };
            if name == call || matches!(name, "@mount" | "@known") {
                is_listed = is_inverse != lists_allowed && !(lists_allowed && error.is_some());
            }
        }
        filter = Some((lists_allowed, is_listed));
    }
    filter.is_none_or(|(lists_allowed, is_listed)| lists_allowed == is_listed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn can_remount(settings: &[(&str, &str)]) -> bool {
        let no_users = [("PrivateUsers", "no")];
        let settings = no_users.iter().chain(settings).copied();
        Privileges(&settings.collect()).can_remount()
    }

    #[test]
    fn root_can_remount_unless_something_keeps_it() {
        for settings in [
            &[][..],
            &[("User", "root"), ("NoNewPrivileges", "yes")],
            &[("CapabilityBoundingSet", "CAP_CHOWN cap_sys_admin")],
            &[
                ("CapabilityBoundingSet", "~CAP_CHOWN"),
                ("CapabilityBoundingSet", "CAP_FOWNER"),
            ],
            &[
                ("CapabilityBoundingSet", "~CAP_SYS_ADMIN"),
                ("CapabilityBoundingSet", "CAP_SYS_ADMIN"),
            ],
            &[
                ("CapabilityBoundingSet", "CAP_CHOWN"),
                ("CapabilityBoundingSet", "~"),
            ],
            &[
                ("SystemCallFilter", "~@clock"),
                ("SystemCallFilter", "~mount"),
            ],
            &[("SystemCallFilter", "@system-service @mount")],
            &[
                ("SystemCallFilter", "~@mount"),
                ("SystemCallFilter", "mount"),
            ],
            &[("SystemCallFilter", "~@mount"), ("SystemCallFilter", "")],
            &[
                ("User", "web"),
                ("AmbientCapabilities", "CAP_SYS_ADMIN CAP_DAC_OVERRIDE"),
            ],
        ] {
            assert!(can_remount(settings), "{settings:?}");
        }
        for settings in [
            &[("PrivateUsers", "yes")][..],
            &[("PrivateUsers", "identity")],
            &[("User", "web")],
            &[("DynamicUser", "yes")],
            &[("User", "web"), ("AmbientCapabilities", "CAP_SYS_ADMIN")],
            &[("CapabilityBoundingSet", "")],
            &[("CapabilityBoundingSet", "CAP_CHOWN CAP_FOWNER")],
            &[("CapabilityBoundingSet", "~CAP_SYS_ADMIN CAP_CHOWN")],
            &[("SystemCallFilter", "~@mount")],
            &[("SystemCallFilter", "~@clock mount mount_setattr")],
            &[("SystemCallFilter", "@system-service")],
            &[
                ("SystemCallFilter", "@system-service @mount"),
                ("SystemCallFilter", "~@mount"),
            ],
            &[("SystemCallFilter", "@system-service @mount:EPERM")],
            &[("SystemCallFilter", "~@mount:EPERM")],
        ] {
            assert!(!can_remount(settings), "{settings:?}");
        }
    }

    #[test]
    fn a_user_that_is_not_alone_reads_other_roots() {
        let reads = |settings: &[(&str, &str)]| {
            Privileges(&settings.iter().copied().collect()).reads_other_roots()
        };
        let user = ("User", "web");
        assert!(reads(&[user]));
        assert!(reads(&[
            user,
            ("PrivateUsers", "no"),
            ("ProtectProc", "invisible")
        ]));
        for other in [
            ("PrivateUsers", "yes"),
            ("PrivatePIDs", "yes"),
            ("DynamicUser", "yes"),
        ] {
            assert!(!reads(&[user, other]), "{other:?}");
        }
    }
}
