//! Services that read the host through other processes.

use super::{Check, Explanation, Rule};
use crate::audit::subject::Subject;
use crate::code::Code;
use crate::finding::{Draft, Remedy};
use crate::inspect::Privileges;
use crate::service::Mode;
use crate::systemd::Setting;

pub static RULE: Rule = Rule {
    code: Code::HostStoreReadable,
    explanation: Explanation {
        what: "The service has a /proc and no user namespace of its own: `PrivateUsers=no`, or mode `chroot-only` with `MountAPIVFS=yes` or another setting that provides /proc (`ProtectProc=`, `ProcSubset=`). (For root in mode `full-apivfs`, the finding is setting-defeats-confinement.) Services with `DynamicUser=yes` are exempt, because no other process runs as their user.",
        why: "/proc/PID/root is the root directory of another process. Root and every process of the same user can access it. Any process of that user outside the service exposes the whole store, and the host's files that the user may read. ProtectProc= and ProcSubset= hide only processes of other users.",
        example: "confinement.mode = \"chroot-only\"; with serviceConfig.MountAPIVFS = true; and serviceConfig.User = \"web\";",
        fix: "Set `PrivateUsers=yes`, `PrivatePIDs=yes` (systemd 257 and newer; the service then sees only its own processes) or `DynamicUser=yes`.",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ code = \"host-store-readable\", reason = \"nothing else runs as web\" }]",
    },
    check: Check::Service(check),
};

fn check(subject: &Subject) -> Vec<Draft> {
    let service = subject.confined.service;
    let settings = subject.confined.settings();
    let privileges = Privileges(&settings);
    let is_told = service.mode == Mode::FullApivfs && !service.adopt && privileges.is_root();
    if is_told || !privileges.reads_other_roots() || !subject.confined.root().shows_processes() {
        return Vec::new();
    }
    let set = |what, setting: Setting| {
        subject
            .confined
            .change(what, &setting, &[subject.confined.switch(setting, true)])
    };
    let mut remedies: Vec<_> = [
        set("to give it its own user namespace", Setting::PrivateUsers),
        set(
            "to show it only its own processes (systemd 257 and newer)",
            Setting::PrivatePIDs,
        ),
    ]
    .into_iter()
    .flatten()
    .collect();
    remedies.push(Remedy::excepting(
        subject.confined.name,
        Code::HostStoreReadable,
    ));
    vec![Draft {
        remedies,
        ..Draft::new(
            "proc",
            "it has a /proc and the host's users: it can read the host's store through /proc/PID/root of any other process of its user",
        )
    }]
}
