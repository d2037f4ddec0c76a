//! The working directory.

use super::{Check, Explanation, Rule};
use crate::code::Code;

pub static RULE: Rule = Rule {
    code: Code::WorkingDirectoryMissing,
    explanation: Explanation {
        what: "`WorkingDirectory=` names a directory that is not in the root of the service, and has no `-` before it.",
        why: "systemd ends every command with 200/CHDIR.",
        example: "WorkingDirectory=/srv/web, and nothing of /srv is bound.",
        fix: "Bind the directory, or use one that systemd creates: `StateDirectory=web` and `WorkingDirectory=/var/lib/web`.",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ code = \"working-directory-missing\", reason = \"a + command makes it\" }]",
    },
    check: Check::Foresight,
};
