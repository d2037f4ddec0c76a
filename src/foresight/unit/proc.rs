//! `PrivateUsers=` without a /proc to write the user map to.

use anyhow::Result;

use crate::code::Code;
use crate::foresight::sight::{Sight, Surroundings};
use crate::foresight::trouble::Trouble;
use crate::inspect::commands;
use crate::root::Found;
use crate::systemd::{Setting, raw_words};

/// The first version of systemd in which more settings mount /proc.
const MORE_BRING_IT: u16 = 257;

/// Older than any version.
const EVERY: u16 = 0;

impl Sight<'_> {
    /// For `PrivateUsers=`, systemd writes to /proc/PID/uid_map once it is inside the root (`setup_private_users`): on 252, 257 and
    /// 262 the service ends with 217/USER where it can't.
    pub(super) fn proc(&self) -> Result<Option<Trouble>> {
        let Some(since) = private_users_since(self.around) else {
            return Ok(None);
        };
        let Some(harmless) = self.confined_may_fail() else {
            return Ok(None);
        };
        let mut when = if since == EVERY {
            String::new()
        } else {
            format!(" (from systemd {since} on)")
        };
        let mut remedies = self.host_users_remedy();
        // If one process has the file, all have.
        let reason = if self.inside.look("/proc/1/uid_map")? == Found::Missing {
            if is_brought_by_newer(self.around) {
                // Versions that don't mount it for these settings don't know these users either.
                if since >= MORE_BRING_IT {
                    return Ok(None);
                }
                when = format!(" (before systemd {MORE_BRING_IT})");
            }
            let mounted = self.confined.switch(Setting::MountAPIVFS, true);
            remedies.splice(0..0, self.fix("to have /proc", "MountAPIVFS", &[mounted]));
            "which does not exist".to_owned()
        } else if let Some((setting, entry)) = self.inside.root().sealed_by("/proc") {
            // Otherwise the removed entry was the only /proc.
            if self.inside.root().has_api_file_systems() {
                remedies.splice(0..0, self.confined.without(setting, entry));
            }
            format!("which {setting}={entry} prevents")
        } else {
            return Ok(None);
        };
        let is_taken_well = (self.around.settings.list("SuccessExitStatus").iter())
            .flat_map(|value| raw_words(value))
            .any(|word| word == "217" || word == "USER");
        let value = self
            .around
            .settings
            .value("PrivateUsers")
            .unwrap_or_default();
        let message = format!(
            "for PrivateUsers={value}, systemd writes to the root's /proc, {reason}: the service ends with 217/USER{when}"
        );
        let is_uncertain = harmless || is_taken_well || !when.is_empty();
        Ok(Some(
            Trouble::new(Code::ProcMissing, "PrivateUsers", message)
                .uncertain_if(is_uncertain)
                .fixed_by(remedies),
        ))
    }

    /// Whether all confined commands may fail; `None` if there are none. Those with `+` are not confined.
    fn confined_may_fail(&self) -> Option<bool> {
        self.settings_in_root()
            .flat_map(|setting| self.confined.service.exec.list(setting.name()))
            .flat_map(|line| commands(line))
            .filter(|command| !command.has('+'))
            .map(|command| command.may_fail())
            .reduce(|all, this| all && this)
    }
}

/// The first version of systemd that gives the service its own user namespace; `None` if none does.
fn private_users_since(around: Surroundings) -> Option<u16> {
    match around.settings.value("PrivateUsers")? {
        "self" | "identity" => Some(257),
        "full" => Some(258),
        _ => around.is_on("PrivateUsers").then_some(EVERY),
    }
}

/// Whether settings or values that older versions of systemd ignore mount /proc.
fn is_brought_by_newer(around: Surroundings) -> bool {
    let groups = around.settings.value("ProtectControlGroups");
    around.is_on("PrivatePIDs") || matches!(groups, Some("private" | "strict"))
}
