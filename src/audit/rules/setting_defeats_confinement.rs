//! Settings of the unit that defeat confinement.

use super::{Check, Explanation, Rule};
use crate::audit::subject::Subject;
use crate::code::Code;
use crate::finding::{Draft, Excepted, Remedy};
use crate::service::Mode;
use crate::systemd::Setting;

/// The settings of mode `full-apivfs`, and the consequences of disabling them.
const OF_FULL_APIVFS: [(Setting, &str); 6] = [
    (Setting::PrivateDevices, "it sees every device of the host"),
    (
        Setting::PrivateMounts,
        "mounts that it makes appear on the host",
    ),
    (
        Setting::PrivateUsers,
        "a process of root reads the host through /proc/1/root, and its capabilities apply outside",
    ),
    (
        Setting::ProtectControlGroups,
        "it can change the control groups of other services",
    ),
    (
        Setting::ProtectKernelModules,
        "it can load kernel modules, if it has the capability",
    ),
    (
        Setting::ProtectKernelTunables,
        "it can write to /proc/sys and /sys, if it runs as root",
    ),
];

pub static RULE: Rule = Rule {
    code: Code::SettingDefeatsConfinement,
    explanation: Explanation {
        what: "The service sets confinement mode `full-apivfs`, and its unit sets one of the switches to `no` that this mode sets to `yes`. The unit's own settings always win.",
        why: "The closure limits which files the service sees. What it can do to the host beyond files is limited by these switches; without them, a service that runs as root can leave its root directory.",
        example: "systemd.services.web.serviceConfig.PrivateUsers = false;",
        fix: "Remove the setting, or, if the service needs it (a port below 1024 bound as root, peer authentication at a socket, a device), add an exception.",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ setting = \"PrivateUsers\", reason = \"binds port 443 as root\" }]",
    },
    check: Check::Service(check),
};

fn check(subject: &Subject) -> Vec<Draft> {
    if subject.confined.service.mode != Mode::FullApivfs {
        return Vec::new();
    }
    let settings = &subject.confined.service.settings;
    OF_FULL_APIVFS
        .into_iter()
        // A user's manager gives every confined service a user namespace, or can't start it.
        .filter(|(setting, _)| {
            *setting != Setting::PrivateUsers || subject.confined.bundle.manager.is_system()
        })
        .filter(|(setting, _)| matches!(settings.boolean(setting), Ok(Some(false))))
        .map(|(setting, consequence)| {
            let value = settings.value(&setting).unwrap_or_default();
            Draft {
                setting: Some(setting),
                remedies: subject
                    .confined
                    .change(
                        "to enable it again",
                        &setting,
                        &[subject.confined.switch(setting, true)],
                    )
                    .into_iter()
                    .chain([Remedy::exception(
                        subject.confined.name,
                        Excepted::Setting(setting.to_string()),
                    )])
                    .collect(),
                ..Draft::new(
                    setting.name(),
                    format!("the unit sets {setting}={value} in mode full-apivfs: {consequence}"),
                )
            }
        })
        .collect()
}
