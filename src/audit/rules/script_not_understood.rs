//! Scripts that can't be read.

use super::{Check, Explanation, Rule};
use crate::code::Code;

pub static RULE: Rule = Rule {
    code: Code::ScriptNotUnderstood,
    explanation: Explanation {
        what: "A shell script that the service runs does not parse, or is too large to be looked at.",
        why: "What it calls is not known, so nothing is said of it; and a script that does not parse may be one that its shell refuses too.",
        example: "A script with an `if` and no `fi`.",
        fix: "Fix the script, as `bash -n FILE` tells where. Where it is data with a script before it, allow it.",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ code = \"script-not-understood\", reason = \"an archive that unpacks itself\" }]",
    },
    check: Check::Foresight,
};
