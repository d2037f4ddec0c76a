//! Environment files that don't exist.

use super::{Check, Explanation, Rule};
use crate::code::Code;

pub static RULE: Rule = Rule {
    code: Code::EnvironmentFileMissing,
    explanation: Explanation {
        what: "`EnvironmentFile=` without `-` names a file in the store that does not exist, or a directory. systemd reads it on the host, before it enters the root, so it needs no bind; confinix does not check files of the host.",
        why: "systemd does not start the service (\"Failed to load environment files\").",
        example: "EnvironmentFile=/nix/store/…-web/etc/web.env, and the package has no such file.",
        fix: "Correct the path, or put `-` before it if the service works without it.",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ code = \"environment-file-missing\", reason = \"an activation script makes it\" }]",
    },
    check: Check::Foresight,
};
