//! Files that are read or written and are not inside.

use super::{Check, Explanation, Rule};
use crate::code::Code;

pub static RULE: Rule = Rule {
    code: Code::FileMissing,
    explanation: Explanation {
        what: "A well-known command (cat, head, sort, cp, mkdir, touch …) or a redirection of a shell script reads a path that the root lacks, or makes one where the root is read-only. Where it is not sure that the script comes there, or that it ends there, it is a warning. What a script tests first (`[ -e FILE ]`) is taken into account.",
        why: "The command fails, and with it a script with `set -e` and the service.",
        example: "ExecStartPre=…/bin/mkdir -p /var/lib/web, without StateDirectory=web. ExecStartPre=+…/bin/cat /proc/version: commands with `+` have no /proc, /dev, /sys and no private /tmp inside.",
        fix: "For directories of the service `StateDirectory=` and its like; for what services commonly need of the host a preset (`confinix presets`), as `confinement.presets = [ \"tls\" ];`; else `BindReadOnlyPaths=`.",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ code = \"file-missing\", reason = \"an earlier command makes it\" }]",
    },
    check: Check::Foresight,
};
