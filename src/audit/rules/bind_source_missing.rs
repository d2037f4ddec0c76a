//! Binds of sources that don't exist.

use super::{Check, Explanation, Rule};
use crate::code::Code;

pub static RULE: Rule = Rule {
    code: Code::BindSourceMissing,
    explanation: Explanation {
        what: "An entry of `BindPaths=` or `BindReadOnlyPaths=` without `-` has a source in the store that does not exist. confinix does not check sources on the host. If this machine lacks the whole store path, the finding is a warning, because the host may have it.",
        why: "systemd ends the service with status 226/NAMESPACE before it runs any command.",
        example: "BindReadOnlyPaths=/nix/store/…-web/etc/motd:/etc/motd, and the package has no etc/motd.",
        fix: "Correct the source, or put `-` before it if the service works without it.",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ code = \"bind-source-missing\", reason = \"an activation script makes it\" }]",
    },
    check: Check::Foresight,
};
