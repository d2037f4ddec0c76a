//! Binds that show the service the whole store, or the whole host.

use super::{Check, Explanation, Rule};
use crate::audit::subject::Subject;
use crate::code::Code;
use crate::finding::{Draft, Excepted, Remedy};
use crate::store::name_packages;
use crate::systemd::{Bind, Setting, store_binds};

pub static RULE: Rule = Rule {
    code: Code::WholeStoreBound,
    explanation: Explanation {
        what: "`BindPaths=` or `BindReadOnlyPaths=` of the unit shows the service the store directory itself or one above it (`/`, `/nix`), at any path.",
        why: "The service sees every package of the host, so its closure limits nothing. Modules that were confined by hand do this (tor, transmission, navidrome in nixpkgs).",
        example: "systemd.services.tor.serviceConfig.BindReadOnlyPaths = [ builtins.storeDir ];",
        fix: "Remove the entry from the list: confinix binds the closure. Add other store paths to `confinement.packages`, and bind directories of the host one by one.",
        allow: "[[rule]]\nservices = [\"builder\"]\nallow = [{ setting = \"BindReadOnlyPaths=/nix/store\", reason = \"it runs nix-build\" }]",
    },
    check: Check::Service(check),
};

fn check(subject: &Subject) -> Vec<Draft> {
    // An adopted root covers the bind with the closure.
    if subject.confined.service.adopt {
        return Vec::new();
    }
    store_binds(
        &subject.confined.service.settings,
        &subject.confined.bundle.store_dir,
    )
    .iter()
    .map(|(setting, bind)| draft(subject, *setting, bind))
    .collect()
}

fn draft(subject: &Subject, setting: Setting, bind: &Bind) -> Draft {
    let what = if bind.source == "/" {
        "the whole host"
    } else {
        "the whole store"
    };
    let word = name_packages(&bind.word, &subject.confined.bundle.store_dir);
    let assignment = format!("{setting}={word}");
    Draft {
        setting: Some(setting),
        remedies: (subject.confined.without(setting, &bind.word).into_iter())
            .chain([Remedy::exception(
                subject.confined.name,
                Excepted::Setting(assignment.clone()),
            )])
            .collect(),
        ..Draft::new(
            assignment,
            format!(
                "the unit sets {setting}={}: the service sees {what}",
                bind.word
            ),
        )
    }
}
