//! Users of its own where there is no /proc to write their map to.

use super::{Check, Explanation, Rule};
use crate::code::Code;

pub static RULE: Rule = Rule {
    code: Code::ProcMissing,
    explanation: Explanation {
        what: "The unit has `PrivateUsers=yes` and no /proc inside: in mode `chroot-only`, or with `MountAPIVFS=no`, where no other setting brings it (`ProtectControlGroups=`, `ProtectKernelTunables=`, `ProtectProc=`, `ProcSubset=`). Or it has one that is read-only or hidden, by `BindReadOnlyPaths=/proc`, `ReadOnlyPaths=+/proc` or `InaccessiblePaths=+/proc`. What only some versions of systemd do is a warning: those before 257 take no notice of `PrivateUsers=identity` and `self`, those before 258 of `full`; from 257 on `PrivatePIDs=yes` and `ProtectControlGroups=strict` bring /proc.",
        why: "systemd writes to /proc/PID/uid_map from inside the root. Where it can't, it ends the service with status 217/USER before any command without `+` is run, whatever `User=` and `DynamicUser=` say.",
        example: "mode chroot-only, PrivateUsers=yes",
        fix: "`serviceConfig.MountAPIVFS = true;`, which shows /proc, /sys and /dev inside, or `serviceConfig.PrivateUsers = false;`. An entry that makes /proc read-only has to go.",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ code = \"proc-missing\", reason = \"another drop-in binds it\" }]",
    },
    check: Check::Foresight,
};
