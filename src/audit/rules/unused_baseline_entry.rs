//! Entries of the baseline that are no longer needed.

use super::{Check, Explanation, Rule};
use crate::code::Code;

pub static RULE: Rule = Rule {
    code: Code::UnusedBaselineEntry,
    explanation: Explanation {
        what: "An entry of the baseline (`--baseline`) stands for a finding that there is no more: it was fixed, or its service is gone.",
        why: "As long as the entry is there, the same can come back without anybody noticing.",
        example: "{ service = \"web.service\", code = \"shell-present\", subject = \"bash\" },",
        fix: "Write the baseline again: `confinix audit … --baseline FILE --update-baseline`, or take the line out.",
        allow: "[levels]\nunused-baseline-entry = \"allow\"     # for one baseline that many hosts share",
    },
    check: Check::Baseline,
};
