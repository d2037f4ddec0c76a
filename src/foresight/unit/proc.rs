//! `PrivateUsers=` where there is no /proc to write the users to.

use anyhow::Result;

use super::starts_only_main;
use crate::code::Code;
use crate::foresight::sight::Sight;
use crate::foresight::trouble::Trouble;
use crate::inspect::commands;
use crate::root::Found;
use crate::service::{ExecSetting, Settings};
use crate::systemd::{Setting, all_binds, path_entries, raw_words};

/// The version of systemd from which on more settings bring /proc.
const MORE_BRING_IT: u16 = 257;

/// Before the first version that is known here.
const EVERY: u16 = 0;

impl Sight<'_> {
    /// For `PrivateUsers=`, systemd writes to /proc/PID/uid_map once it is inside the root (`setup_private_users`): on 252, 257 and
    /// 262 the service ends with 217/USER where it can't.
    pub(super) fn proc(&self) -> Result<Option<Trouble>> {
        let Some(since) = private_users_since(self.around.settings) else {
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
        // That of one process stands for that of any.
        let reason = if self.inside.look("/proc/1/uid_map")? == Found::Missing {
            if is_brought_by_newer(self.around.settings) {
                // The systemds that lack that take no notice of these users either.
                if since >= MORE_BRING_IT {
                    return Ok(None);
                }
                when = format!(" (before systemd {MORE_BRING_IT})");
            }
            let mounted = self.confined.switch(Setting::MountAPIVFS, true);
            remedies.splice(0..0, self.fix("to have /proc", "MountAPIVFS", &[mounted]));
            "which does not exist".to_owned()
        } else if let Some((setting, entry)) = self.seals_proc() {
            // Where nothing else brings /proc, it takes more than that.
            if self.inside.root().has_api_file_systems() {
                remedies.splice(0..0, self.confined.without(setting, &entry));
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

    /// Whether all commands that systemd confines may fail; none where there are none. Those with `+` it does not.
    fn confined_may_fail(&self) -> Option<bool> {
        let on_host = starts_only_main(self.confined.service);
        ExecSetting::ALL
            .into_iter()
            .filter(|setting| !on_host || *setting == ExecSetting::ExecStart)
            .flat_map(|setting| self.confined.service.exec.list(setting.name()))
            .flat_map(|line| commands(line))
            .filter(|command| !command.has('+'))
            .map(|command| command.may_fail())
            .reduce(|all, this| all && this)
    }

    /// The setting that makes /proc read-only or hides it, with its entry.
    fn seals_proc(&self) -> Option<(Setting, String)> {
        // The drop-in of an adopted service says again what of its own binds stays.
        let binding = if self.confined.service.adopt {
            &self.confined.service.confinement
        } else {
            self.around.settings
        };
        let bound = all_binds(binding)
            .filter(|(setting, bind)| {
                *setting == Setting::BindReadOnlyPaths && bind.target == "/proc"
            })
            .map(|(setting, bind)| (setting, bind.word));
        let changed = [Setting::ReadOnlyPaths, Setting::InaccessiblePaths]
            .into_iter()
            .flat_map(|setting| {
                let entries = path_entries(self.around.settings, &setting).into_iter();
                entries.map(move |entry| (setting, entry))
            })
            .filter(|(_, entry)| entry.is_of_root && entry.path.trim_end_matches('/') == "/proc")
            .map(|(setting, entry)| (setting, entry.word));
        bound.chain(changed).next()
    }
}

/// The version of systemd from which on the service has users of its own, if it has.
fn private_users_since(settings: &Settings) -> Option<u16> {
    match settings.value("PrivateUsers")? {
        "self" | "identity" => Some(257),
        "full" => Some(258),
        _ => is_on(settings, "PrivateUsers").then_some(EVERY),
    }
}

/// Whether settings or values that older systemds take no notice of bring /proc.
fn is_brought_by_newer(settings: &Settings) -> bool {
    let groups = settings.value("ProtectControlGroups");
    is_on(settings, "PrivatePIDs") || matches!(groups, Some("private" | "strict"))
}

fn is_on(settings: &Settings, setting: &str) -> bool {
    matches!(settings.boolean(setting), Ok(Some(true)))
}
