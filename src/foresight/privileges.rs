//! What a service may do in a user namespace of its own (`PrivateUsers=`, which mode full-apivfs implies).

use super::Seer;
use crate::code::Code;
use crate::finding::Remedy;

/// Capabilities that count over what the namespace owns: files and processes of its two users. All others are over the host.
const WITHIN: [&str; 12] = [
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETFCAP",
    "CAP_SETGID",
    "CAP_SETPCAP",
    "CAP_SETUID",
    "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE",
];

impl Seer<'_> {
    /// Capabilities that the unit gives, and that hold for nothing outside its namespace.
    pub(super) fn capabilities(&mut self) {
        if !self.has_private_users() {
            return;
        }
        for setting in ["AmbientCapabilities", "CapabilityBoundingSet"] {
            // Bounds give nothing to who has none.
            if setting == "CapabilityBoundingSet" && !self.is_root() {
                continue;
            }
            let values = self.subject.service.settings.list(setting);
            let words = values.iter().filter(|value| !value.starts_with('~'));
            let over_host: Vec<_> = words
                .flat_map(|value| value.split_whitespace())
                .filter(|word| !WITHIN.contains(&word.to_uppercase().as_str()))
                .collect();
            if over_host.is_empty() {
                continue;
            }
            let what = over_host.join(" ");
            let message = format!(
                "the unit sets {setting}={what}, which counts for nothing outside the user namespace that PrivateUsers= makes: a port below 1024 can't be bound by it"
            );
            let remedies = self.host_users_remedy();
            self.say(Code::PrivateUsers, true, setting, message, remedies);
        }
    }

    pub(super) fn has_private_users(&self) -> bool {
        self.settings.value("PrivateUsers").is_some_and(|value| {
            !matches!(self.settings.boolean("PrivateUsers"), Ok(Some(false)))
                && value != "identity"
                && value != "full"
        })
    }

    /// Whether its commands run as root.
    pub(super) fn is_root(&self) -> bool {
        matches!(self.settings.value("User"), None | Some("root" | "0"))
            && !matches!(self.settings.boolean("DynamicUser"), Ok(Some(true)))
    }

    pub(super) fn host_users_remedy(&self) -> Vec<Remedy> {
        let off = self.subject.switch("PrivateUsers", false);
        self.fix("to share the users of the host", "PrivateUsers", &[off])
    }
}
