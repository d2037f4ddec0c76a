//! Binds of what is not there.

use super::{Check, Explanation, Rule};
use crate::code::Code;

pub static RULE: Rule = Rule {
    code: Code::BindSourceMissing,
    explanation: Explanation {
        what: "An entry of `BindPaths=` or `BindReadOnlyPaths=` without `-` has a source in the store, and there is nothing there. Sources on the host are not looked at. Where this machine lacks the whole store path, it is a warning: the host may have it.",
        why: "systemd ends the service with status 226/NAMESPACE before anything is run.",
        example: "BindReadOnlyPaths=/nix/store/…-web/etc/motd:/etc/motd, and the package has no etc/motd.",
        fix: "Correct the source, or put `-` before it if the service does without.",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ code = \"bind-source-missing\", reason = \"it is made by an activation script\" }]",
    },
    check: Check::Foresight,
};
