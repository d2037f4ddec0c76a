//! Commands that are not there.

use super::{Check, Explanation, Rule};
use crate::code::Code;

pub static RULE: Rule = Rule {
    code: Code::CommandMissing,
    explanation: Explanation {
        what: "A command of the service names a program that does not stand at that place in its root, that is a directory, or that lacks the permission to be executed. A bare name is looked up in `ExecSearchPath=`, or else in the directories that systemd was built with, inside the root. With the prefix `-` it is a warning, since systemd goes on.",
        why: "systemd ends such a command with status 203/EXEC: the service does not start, or can't be reloaded or stopped.",
        example: "ExecStart=/run/current-system/sw/bin/web: nothing of the host is inside.",
        fix: "Name the program by its store path, as `${pkgs.web}/bin/web` does; its closure then comes in by itself. For /bin/sh set `confinement.binSh`.",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ code = \"command-missing\", reason = \"the directory is bound by another drop-in\" }]",
    },
    check: Check::Foresight,
};
