//! Scripts that can't be read.

use super::{Check, Explanation, Rule};
use crate::code::Code;

pub static RULE: Rule = Rule {
    code: Code::ScriptNotUnderstood,
    explanation: Explanation {
        what: "A shell script that the service runs does not parse, or is too large to be checked.",
        why: "confinix can't check its commands, and its shell may refuse it too.",
        example: "A script with an `if` and no `fi`.",
        fix: "Fix the script; `bash -n FILE` shows where. If it is data after a short script, allow it.",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ code = \"script-not-understood\", reason = \"an archive that unpacks itself\" }]",
    },
    check: Check::Foresight,
};
