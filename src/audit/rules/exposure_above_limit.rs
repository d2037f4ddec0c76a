//! Services whose exposure level, as systemd rates it, is higher than allowed.

use std::collections::BTreeMap;

use super::{Check, Explanation, Rule};
use crate::audit::exposure::Exposed;
use crate::audit::subject::Subject;
use crate::change::{Change, Value};
use crate::code::Code;
use crate::exposure::Exposure;
use crate::finding::{Amount, Draft, Remedy};
use crate::systemd::Setting;

pub static RULE: Rule = Rule {
    code: Code::ExposureAboveLimit,
    explanation: Explanation {
        what: "`systemd-analyze security --offline` rates the unit together with the drop-in that confines it, by the settings it has and lacks. Its exposure level, from 0.0 to 10.0, is above the one that `--exposure` or the `max-exposure` of the policy allows. The same unit has other levels under other versions of systemd, so the message names the version. confinix does not consider `DefaultDependencies=` and the settings of slices.",
        why: "The closure limits which files the service sees. Other settings limit capabilities, system calls, namespaces and the network. The exposure level measures how many of these settings the unit uses; lower is better. It does not cover what the program itself does.",
        example: "[[rule]]\nmax-exposure = 5.0",
        fix: "Set the listed settings, the weightiest first, and test whether the service still works: `systemd-analyze security UNIT` on the host shows every setting with its weight.",
        allow: "[[rule]]\nservices = [\"matrix\"]\nmax-exposure = 8.2\nreason = \"…\"\nuntil = 2027-01-31",
    },
    check: Check::Service(check),
};

/// A value of a setting.
enum Safe {
    On,
    Text(&'static str),
    List(&'static [&'static str]),
}

use Safe::{List, On, Text};

/// Settings that a unit may lack, each with the value that works for most services.
const SETTINGS: [(Setting, Safe); 30] = [
    (Setting::CapabilityBoundingSet, Text("")),
    (Setting::IPAddressDeny, Text("any")),
    (Setting::KeyringMode, Text("private")),
    (Setting::LockPersonality, On),
    (Setting::MemoryDenyWriteExecute, On),
    (Setting::NoNewPrivileges, On),
    (Setting::PrivateDevices, On),
    (Setting::PrivateMounts, On),
    (Setting::PrivateNetwork, On),
    (Setting::PrivateTmp, On),
    (Setting::PrivateUsers, On),
    (Setting::ProcSubset, Text("pid")),
    (Setting::ProtectClock, On),
    (Setting::ProtectControlGroups, On),
    (Setting::ProtectHome, On),
    (Setting::ProtectHostname, On),
    (Setting::ProtectKernelLogs, On),
    (Setting::ProtectKernelModules, On),
    (Setting::ProtectKernelTunables, On),
    (Setting::ProtectProc, Text("invisible")),
    (Setting::ProtectSystem, Text("strict")),
    (Setting::RemoveIPC, On),
    (
        Setting::RestrictAddressFamilies,
        List(&["AF_UNIX", "AF_INET", "AF_INET6"]),
    ),
    (Setting::RestrictNamespaces, On),
    (Setting::RestrictRealtime, On),
    (Setting::RestrictSUIDSGID, On),
    (Setting::SystemCallArchitectures, Text("native")),
    (
        Setting::SystemCallFilter,
        List(&["@system-service", "~@privileged", "~@resources"]),
    ),
    (Setting::UMask, Text("0077")),
    (Setting::User, On),
];

/// Assessments that don't change with the values above.
const STAYS: [&str; 2] = [
    "RestrictAddressFamilies=~AF_UNIX",
    "RestrictAddressFamilies=~AF_(INET|INET6)",
];

fn check(subject: &Subject) -> Vec<Draft> {
    let Some(exposed) = &subject.exposure else {
        return Vec::new();
    };
    let Exposed {
        limit,
        rule,
        exposure,
        systemd,
    } = exposed;
    if exposure.level <= *limit {
        return Vec::new();
    }
    let level = exposure.level;
    let (who, allow) = match rule {
        Some(_) => (
            "the policy",
            Remedy::limit(subject.confined.name, "max-exposure", level.to_string()),
        ),
        None => (
            "--exposure",
            Remedy::excepting(subject.confined.name, Code::ExposureAboveLimit),
        ),
    };
    let draft = Draft {
        amount: Some(Amount::Exposure(level)),
        remedies: remedy(subject, exposed)
            .into_iter()
            .chain([allow])
            .collect(),
        ..Draft::new(
            "exposure",
            format!("the exposure level is {level} by systemd {systemd}, and {who} allows {limit}"),
        )
    };
    vec![match rule {
        Some((rule, limit)) => draft.by_entry(&limit.place, &rule.note),
        None => draft,
    }]
}

/// Suggests as many of the weightiest settings as are needed to bring the level down to the limit.
fn remedy(subject: &Subject, exposed: &Exposed) -> Option<Remedy> {
    let Exposure { level, lacking } = &exposed.exposure;
    let mut weights: BTreeMap<&str, u64> = BTreeMap::new();
    for (lack, weight) in lacking {
        let setting = lack.split('=').next().unwrap_or(lack);
        if !STAYS.contains(&lack.as_str()) {
            *weights.entry(setting).or_default() += weight;
        }
    }
    let mut settings: Vec<_> = SETTINGS
        .iter()
        .filter_map(|(setting, value)| Some((*weights.get(setting.name())?, *setting, value)))
        .collect();
    settings.sort_by_key(|(weight, setting, _)| (std::cmp::Reverse(*weight), *setting));
    // The weights are rounded up, so their sum exceeds the level.
    let sum: u64 = lacking.iter().map(|(_, weight)| weight).sum();
    let too_much = (level.tenths() - exposed.limit.tenths()) * sum;
    let mut taken = 0;
    let mut changes = Vec::new();
    for (weight, setting, value) in settings {
        if taken * level.tenths() > too_much {
            break;
        }
        taken += weight;
        let setting = if setting == Setting::User {
            Setting::DynamicUser
        } else {
            setting
        };
        changes.push(match value {
            On => subject.confined.switch(setting, true),
            Text(text) => subject.confined.set(setting, Value::Text((*text).into())),
            List(words) => {
                let words = words.iter().map(|word| (*word).into()).collect();
                if subject.confined.service.settings.is_assigned(&setting) {
                    Change::Replace(setting, words)
                } else {
                    Change::Add(setting, words)
                }
            }
        });
    }
    let what = "to lower it, as far as the service works with these";
    if changes.is_empty() {
        return None;
    }
    subject
        .confined
        .change(what, "exposure", &[Change::Settings(changes)])
}
