//! Files that commands read or write and that the service's root lacks.

use super::{Check, Explanation, Rule};
use crate::code::Code;

pub static RULE: Rule = Rule {
    code: Code::FileMissing,
    explanation: Explanation {
        what: "A well-known command (cat, head, sort, cp, mkdir, touch …) or a redirection of a shell script reads a path that the root lacks, or creates one where the root is read-only. If it is uncertain whether the script reaches the command or fails because of it, the finding is a warning. confinix evaluates tests such as `[ -e FILE ]`.",
        why: "The command fails, and with it a script with `set -e` and the service.",
        example: "ExecStartPre=…/bin/mkdir -p /var/lib/web, without StateDirectory=web. ExecStartPre=+…/bin/cat /proc/version: commands with `+` have no /proc, /dev, /sys and no private /tmp in their root.",
        fix: "For the service's own directories, set `StateDirectory=`, `CacheDirectory=`, `LogsDirectory=` or `RuntimeDirectory=`. For common files of the host, use a preset (`confinix presets`), such as `confinement.presets = [ \"tls\" ];`. For other files, set `BindReadOnlyPaths=`.",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ code = \"file-missing\", reason = \"an earlier command makes it\" }]",
    },
    check: Check::Foresight,
};
