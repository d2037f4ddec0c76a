//! Entries of the baseline that are no longer needed.

use super::{Check, Explanation, Rule};
use crate::code::Code;

pub static RULE: Rule = Rule {
    code: Code::UnusedBaselineEntry,
    explanation: Explanation {
        what: "An entry of the baseline (`--baseline`) is for a finding that no longer occurs: it was fixed, or its service is gone.",
        why: "While the entry exists, the finding can return unnoticed.",
        example: "{ service = \"web.service\", code = \"shell-present\", subject = \"bash\" },",
        fix: "Write the baseline again: `confinix audit … --baseline FILE --update-baseline`, or remove the line.",
        allow: "[levels]\nunused-baseline-entry = \"allow\"     # for one baseline that many hosts share",
    },
    check: Check::Baseline,
};
