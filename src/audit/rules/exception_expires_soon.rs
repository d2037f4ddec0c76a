//! Exceptions that expire soon.

use super::expired_exception::{dated, days_left, draft};
use super::{Check, Explanation, Rule};
use crate::audit::Policy;
use crate::audit::usage::PolicyUsage;
use crate::code::Code;
use crate::finding::Draft;

/// How many days ahead counts as soon.
const SOON: i64 = 14;

pub static RULE: Rule = Rule {
    code: Code::ExceptionExpiresSoon,
    explanation: Explanation {
        what: "An entry of the policy has an `until` that is at most 14 days ahead.",
        why: "After that day the finding is reported again, and a passing pipeline fails without any change.",
        example: "allow = [{ package = \"perl\", until = 2026-12-31 }]     # on 2026-12-20",
        fix: "Fix the finding and remove the entry, or set a later date.",
        allow: "[levels]\nexception-expires-soon = \"allow\"",
    },
    check: Check::Policy(check),
};

fn check(policy: &Policy, usage: &PolicyUsage) -> Vec<Draft> {
    dated(policy)
        .into_iter()
        .filter_map(|(place, note, what)| {
            let left = days_left(note, usage.today).filter(|left| (0..=SOON).contains(left))?;
            let when = match left {
                0 => "expires after today".to_owned(),
                1 => "expires after tomorrow".to_owned(),
                days => format!("expires in {days} days, after {}", note.until?),
            };
            Some(draft(place, note, &what, &when))
        })
        .collect()
}
