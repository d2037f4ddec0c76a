//! Unknown keys of the policy.

use super::{Check, Explanation, Rule};
use crate::audit::Policy;
use crate::audit::usage::PolicyUsage;
use crate::code::Code;
use crate::finding::Draft;
use crate::text::closest;

pub static RULE: Rule = Rule {
    code: Code::UnknownPolicyKey,
    explanation: Explanation {
        what: "The policy or one of its rules has a key that confinix doesn't know. (An unknown key in `[services.NAME]` or `[presets.NAME]` is an error, and so is an unknown code in `levels`.)",
        why: "A rule with a typo has no effect, but everyone expects that it has.",
        example: "[[rule]]\ndeney = [\"perl\"]",
        fix: "Correct the key; the finding names the valid keys. Put notes in comments, or into `reason`.",
        allow: "[levels]\nunknown-policy-key = \"warn\"     # for a policy that a newer confinix reads too",
    },
    check: Check::Policy(check),
};

fn check(policy: &Policy, _: &PolicyUsage) -> Vec<Draft> {
    policy
        .unknown_keys
        .iter()
        .map(|unknown| {
            let hint = match closest(&unknown.key, unknown.known.iter().copied()) {
                Some(known) => format!("did you mean {known:?}?"),
                None => format!("expected {}", unknown.known.join(", ")),
            };
            Draft {
                place: Some(unknown.place.clone()),
                ..Draft::new(
                    unknown.key.as_str(),
                    format!("unknown key {:?} in {}; {hint}", unknown.key, unknown.table),
                )
            }
        })
        .collect()
}
