//! Paths that settings name inside and that are not there.

use super::{Check, Explanation, Rule};
use crate::code::Code;

pub static RULE: Rule = Rule {
    code: Code::SandboxPathMissing,
    explanation: Explanation {
        what: "An entry of `ReadWritePaths=`, `ReadOnlyPaths=` or `InaccessiblePaths=` with `+` and without `-` names a path that the root lacks. Entries without `+` are about the host and don't matter here.",
        why: "systemd ends the service with status 226/NAMESPACE before anything is run.",
        example: "InaccessiblePaths=+/home: there is no /home inside.",
        fix: "Take the entry out, or put `-` before it.",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ code = \"sandbox-path-missing\", reason = \"another drop-in binds it\" }]",
    },
    check: Check::Foresight,
};
