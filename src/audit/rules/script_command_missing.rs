//! Commands that scripts call.

use super::{Check, Explanation, Rule};
use crate::code::Code;

pub static RULE: Rule = Rule {
    code: Code::ScriptCommandMissing,
    explanation: Explanation {
        what: "A shell script that the service runs, or a text given to `sh -c`, calls a word that is neither a builtin nor a function and is not on the PATH that the unit and the script set; or it names a program by a path that the service's root lacks. The finding is denied if the script certainly reaches the command and ends there, as with `set -e`; otherwise it is a warning.",
        why: "The script prints `command not found` and exits with 127, or continues with a step missing. The packages of `path` are on PATH, but not in the closure: a confined service does not see them (nixpkgs issue 111723).",
        example: "preStart = \"ln -sf ${config} /run/web.conf\"; with nothing but `path = [ pkgs.coreutils ]`.",
        fix: "Add the package to `confinement.packages`, or name the command by its store path.",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ code = \"script-command-missing\", reason = \"only after a crash\" }]",
    },
    check: Check::Foresight,
};
