//! What a service may do in a user namespace of its own (`PrivateUsers=`, which mode full-apivfs implies).

use crate::code::Code;
use crate::finding::Remedy;
use crate::foresight::sight::Sight;
use crate::foresight::trouble::Trouble;
use crate::systemd::Setting;

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

/// The capability for ports below 1024.
const LOW_PORTS: &str = "CAP_NET_BIND_SERVICE";

impl Sight<'_> {
    /// Capabilities that the unit gives, and that hold for nothing outside its namespace.
    pub(super) fn capabilities(&self) -> Vec<Trouble> {
        let mut seen = Vec::new();
        if !self.around.has_private_users() {
            return seen;
        }
        for setting in ["AmbientCapabilities", "CapabilityBoundingSet"] {
            // Bounds give nothing to who has none.
            if setting == "CapabilityBoundingSet" && !self.around.is_root() {
                continue;
            }
            let values = self.confined.service.settings.list(setting);
            let words = values.iter().filter(|value| !value.starts_with('~'));
            let over_host: Vec<_> = words
                .flat_map(|value| value.split_whitespace())
                .filter(|word| !WITHIN.contains(&word.to_uppercase().as_str()))
                .collect();
            if over_host.is_empty() {
                continue;
            }
            let what = over_host.join(" ");
            let is_of_ports = |word: &&str| word.eq_ignore_ascii_case(LOW_PORTS);
            let example = if over_host.iter().any(is_of_ports) {
                ": it does not allow ports below 1024"
            } else {
                ""
            };
            let message = format!(
                "the unit sets {setting}={what}, which has no effect outside the user namespace of PrivateUsers={example}"
            );
            let remedies = self.host_users_remedy();
            let mut trouble = Trouble::new(Code::PrivateUsers, setting, message).uncertain_if(true);
            trouble.is_of_low_ports = over_host.iter().all(is_of_ports);
            seen.push(trouble.fixed_by(remedies));
        }
        seen
    }

    /// What lets the service have the users and capabilities of the host.
    pub(in crate::foresight) fn host_users_remedy(&self) -> Vec<Remedy> {
        let off = self.confined.switch(Setting::PrivateUsers, false);
        self.fix("to share the users of the host", "PrivateUsers", &[off])
    }
}
