//! Services that can make store paths that they see writable on the host.

use super::{Check, Explanation, Rule};
use crate::audit::subject::Subject;
use crate::change::Change;
use crate::code::Code;
use crate::finding::{Draft, Remedy};
use crate::inspect::Privileges;
use crate::root::MountKind;
use crate::service::{Choice, Strategy};
use crate::store::below;
use crate::systemd::Setting;

pub static RULE: Rule = Rule {
    code: Code::HostStoreWritable,
    explanation: Explanation {
        what: "The service has no user namespace of its own (mode `chroot-only`, or `PrivateUsers=no`), runs as root with CAP_SYS_ADMIN in its bounding set (or has CAP_SYS_ADMIN and CAP_DAC_OVERRIDE as ambient capabilities), may call mount(2), and sees store paths by bind mounts: with strategy `bind` or `inherit`, or at /bin/sh.",
        why: "The flag that makes a bind mount read-only can be removed with CAP_SYS_ADMIN over the host (mount(2) with MS_REMOUNT and MS_BIND). What the service then writes is the host's own store path, which other services run. NoNewPrivileges=, RestrictNamespaces=, ProtectSystem= and a store that is mounted read-only don't prevent this. The view of strategy `image` contains nothing writable.",
        example: "systemd.services.backup.confinement.mode = \"chroot-only\";, without User= in its serviceConfig.",
        fix: "Give the service a user (`User=`, `DynamicUser=yes`), or a user namespace (`PrivateUsers=yes`, which needs a /proc in the service's root: mode `full-apivfs`); or remove a requirement: `SystemCallFilter=~@mount` or `CapabilityBoundingSet=~CAP_SYS_ADMIN`; or, without a /bin/sh, show the closure by a view (`confinement.strategy = \"image\"`).",
        allow: "[[rule]]\nservices = [\"backup\"]\nallow = [{ code = \"host-store-writable\", reason = \"it mounts snapshots\" }]",
    },
    check: Check::Service(check),
};

fn check(subject: &Subject) -> Vec<Draft> {
    let service = subject.confined.service;
    let settings = subject.confined.settings();
    let privileges = Privileges(&settings);
    let store = &subject.confined.bundle.store_dir;
    let shell = service.bin_sh.as_deref();
    let shell = shell.filter(|program| store.owner(program).is_some());
    let root = subject.confined.root();
    let shows_store =
        |source: &str| below(store.as_str(), source).is_some() || store.owner(source).is_some();
    let mut bound = root.mounts.iter().filter_map(|mount| match &mount.kind {
        MountKind::Bind { source } => Some(source),
        _ => None,
    });
    let sees_paths = !root.closure.is_empty() || bound.any(|source| shows_store(source));
    let is_bound = !service.strategy.is_view() && sees_paths;
    if !privileges.can_remount() || !(is_bound || shell.is_some()) {
        return Vec::new();
    }
    let what = if is_bound {
        "the store paths that it sees"
    } else {
        "what it sees at /bin/sh"
    };
    let mut remedies = Vec::new();
    for (setting, value) in [
        (Setting::SystemCallFilter, "~@mount"),
        (Setting::CapabilityBoundingSet, "~CAP_SYS_ADMIN"),
    ] {
        let own = service.settings.list_with_resets(&setting).iter();
        let all = own.map(String::as_str).chain([value]).map(Into::into);
        let change = Change::Replace(setting, all.collect());
        remedies.extend(
            subject
                .confined
                .change("to prevent that", &setting, &[change]),
        );
    }
    if root.shows_processes() {
        let change = subject.confined.switch(Setting::PrivateUsers, true);
        remedies.extend(subject.confined.change(
            "to give it its own user namespace",
            "PrivateUsers",
            &[change],
        ));
    }
    if is_bound && shell.is_none() {
        let what = "to show it the closure by a view";
        remedies.extend(subject.confined.change(
            what,
            "strategy",
            &[Change::Strategy(Choice::Only(Strategy::Image))],
        ));
    }
    remedies.push(Remedy::excepting(
        subject.confined.name,
        Code::HostStoreWritable,
    ));
    vec![Draft {
        remedies,
        ..Draft::new(
            "mount",
            format!(
                "it has CAP_SYS_ADMIN over the host and may mount, so it can make {what} writable, and change the host's files"
            ),
        )
    }]
}
