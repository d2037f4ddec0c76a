//! User namespaces without a /proc to which systemd can write their map.

use super::{Check, Explanation, Rule};
use crate::code::Code;

pub static RULE: Rule = Rule {
    code: Code::ProcMissing,
    explanation: Explanation {
        what: "The unit has `PrivateUsers=yes` and no /proc in the service's root: in mode `chroot-only`, or with `MountAPIVFS=no`, unless another setting provides it (`ProtectControlGroups=`, `ProtectKernelTunables=`, `ProtectProc=`, `ProcSubset=`). Or it has one that is read-only or hidden, by `BindReadOnlyPaths=/proc`, `ReadOnlyPaths=+/proc` or `InaccessiblePaths=+/proc`. Failures of only some systemd versions are warnings: versions before 257 ignore `PrivateUsers=identity` and `self`, and versions before 258 ignore `PrivateUsers=full`; from 257 on `PrivatePIDs=yes` and `ProtectControlGroups=strict` provide /proc.",
        why: "systemd writes to /proc/PID/uid_map from within the root. If it can't, it ends the service with status 217/USER before any command without `+` is run, whatever `User=` and `DynamicUser=` are.",
        example: "mode chroot-only, PrivateUsers=yes",
        fix: "Set `serviceConfig.MountAPIVFS = true;`, which shows /proc, /sys and /dev in the root, or set `serviceConfig.PrivateUsers = false;`. Remove any entry that makes /proc read-only.",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ code = \"proc-missing\", reason = \"another drop-in binds it\" }]",
    },
    check: Check::Foresight,
};
