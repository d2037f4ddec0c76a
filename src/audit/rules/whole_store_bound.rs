//! Binds that show the service the whole store, or the whole host.

use super::{Check, Explanation, Rule};
use crate::audit::subject::Subject;
use crate::code::Code;
use crate::finding::{Draft, Excepted, Remedy};
use crate::root::{Mount, MountKind};
use crate::store::{below, name_packages};

pub static RULE: Rule = Rule {
    code: Code::WholeStoreBound,
    explanation: Explanation {
        what: "`BindPaths=` or `BindReadOnlyPaths=` of the unit, or a preset, shows the service the store directory itself or one above it (`/`, `/nix`), at any path.",
        why: "The service sees every package of the host, so its closure limits nothing. Modules that were confined by hand do this (tor, transmission, navidrome in nixpkgs).",
        example: "systemd.services.tor.serviceConfig.BindReadOnlyPaths = [ builtins.storeDir ];",
        fix: "Remove the entry from the list: confinix binds the closure. Add other store paths to `confinement.packages`, and bind directories of the host one by one.",
        allow: "[[rule]]\nservices = [\"builder\"]\nallow = [{ setting = \"BindReadOnlyPaths=/nix/store\", reason = \"it runs nix-build\" }]",
    },
    check: Check::Service(check),
};

fn check(subject: &Subject) -> Vec<Draft> {
    let root = subject.confined.root();
    let mounts = root.mounts.iter();
    mounts.filter_map(|mount| draft(subject, mount)).collect()
}

fn draft(subject: &Subject, mount: &Mount) -> Option<Draft> {
    let (confined, store) = (&subject.confined, &subject.confined.bundle.store_dir);
    let MountKind::Bind { source } = &mount.kind else {
        return None;
    };
    below(store.as_str(), source)?;
    let (setting, word) = mount.entry()?;
    let what = if source == "/" {
        "the whole host"
    } else {
        "the whole store"
    };
    let assignment = format!("{setting}={}", name_packages(word, store));
    let setter = confined.setter(setting, word);
    Some(Draft {
        setting: Some(setting),
        remedies: (confined.without(setting, word).into_iter())
            .chain([Remedy::exception(
                confined.name,
                Excepted::Setting(assignment.clone()),
            )])
            .collect(),
        ..Draft::new(
            assignment,
            format!("{setter} sets {setting}={word}: the service sees {what}"),
        )
    })
}
