//! What scripts call.

use super::{Check, Explanation, Rule};
use crate::code::Code;

pub static RULE: Rule = Rule {
    code: Code::ScriptCommandMissing,
    explanation: Explanation {
        what: "A shell script that the service runs, or a text given to `sh -c`, has a word in command position that is no builtin and no function, and that is not on the PATH that the unit and the script set; or it names a program by a path at which nothing is inside. It is denied where the script surely comes to the command and ends with it, as with `set -e`; otherwise it is a warning.",
        why: "The script says `command not found` and ends with 127, or goes on with something left undone. The packages of `path` are on PATH, but not in the closure: a confined service does not see them (nixpkgs issue 111723).",
        example: "preStart = \"ln -sf ${config} /run/web.conf\"; with nothing but `path = [ pkgs.coreutils ]`.",
        fix: "Take the package in by `confinement.packages`, or name the command by its store path.",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ code = \"script-command-missing\", reason = \"only after a crash\" }]",
    },
    check: Check::Foresight,
};
