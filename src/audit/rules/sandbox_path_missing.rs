//! Paths in sandboxing settings that the service's root lacks.

use super::{Check, Explanation, Rule};
use crate::code::Code;

pub static RULE: Rule = Rule {
    code: Code::SandboxPathMissing,
    explanation: Explanation {
        what: "An entry of `ReadWritePaths=`, `ReadOnlyPaths=`, `InaccessiblePaths=`, `ExecPaths=` or `NoExecPaths=` with `+` and without `-` names a path that the root lacks, or a directory that exists only for what is mounted below it. Entries without `+` refer to the host and are not checked.",
        why: "systemd ends the service with status 226/NAMESPACE before it runs any command.",
        example: "InaccessiblePaths=+/home: the service's root has no /home.",
        fix: "Remove the entry, or put `-` before it.",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ code = \"sandbox-path-missing\", reason = \"another drop-in binds it\" }]",
    },
    check: Check::Foresight,
};
