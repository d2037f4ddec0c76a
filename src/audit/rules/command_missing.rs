//! Commands that don't exist.

use super::{Check, Explanation, Rule};
use crate::code::Code;

pub static RULE: Rule = Rule {
    code: Code::CommandMissing,
    explanation: Explanation {
        what: "A command of the service names a program that does not exist in the service's root, is a directory, or is not executable. A bare name is looked up in `ExecSearchPath=`, or otherwise in the directories that systemd was built with, in the service's root. With the prefix `-` the finding is a warning, because systemd continues.",
        why: "systemd ends such a command with status 203/EXEC: the service does not start, or can't be reloaded or stopped.",
        example: "ExecStart=/run/current-system/sw/bin/web: the root contains nothing of the host.",
        fix: "Name the program by its store path, as `${pkgs.web}/bin/web` does; its closure is then included. For /bin/sh set `confinement.binSh`.",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ code = \"command-missing\", reason = \"the directory is bound by another drop-in\" }]",
    },
    check: Check::Foresight,
};
