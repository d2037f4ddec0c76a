//! Interpreters and loaders.

use super::{Check, Explanation, Rule};
use crate::code::Code;

pub static RULE: Rule = Rule {
    code: Code::InterpreterMissing,
    explanation: Explanation {
        what: "A program in the root is a script whose first line names an interpreter that is not in the root, has `env` look for one that is not on PATH, or is a binary whose dynamic loader is not in the root.",
        why: "The kernel returns ENOENT, as for a missing program, and the service ends with 203/EXEC; below `env` it ends with 127.",
        example: "#!/usr/bin/env python3 in a script that was copied to the store unchanged.",
        fix: "Have Nix write the store path of the interpreter into the file: `patchShebangs` for scripts, `autoPatchelfHook` for foreign binaries; or bind the interpreter to the path that the file names.",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ code = \"interpreter-missing\", reason = \"the service binds /usr/bin from elsewhere\" }]",
    },
    check: Check::Foresight,
};
