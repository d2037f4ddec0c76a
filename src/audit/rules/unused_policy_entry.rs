//! Entries of the policy that match nothing.

use super::{Check, Explanation, Rule};
use crate::audit::Policy;
use crate::audit::usage::PolicyUsage;
use crate::code::Code;
use crate::config::Exception;
use crate::finding::Draft;
use crate::service::UnitName;
use crate::text::closest;

pub static RULE: Rule = Rule {
    code: Code::UnusedPolicyEntry,
    explanation: Explanation {
        what: "An exception (`allow`) matches no finding, or a name in `services` matches no service of the targets. `deny` entries without matches are normal and not reported.",
        why: "An exception that is no longer needed hides a finding that returns later. A name without matches is usually a typo, and its rule has no effect.",
        example: "[[rule]]\nservices = [\"ngnix\"]",
        fix: "Correct the name, or remove the entry.",
        allow: "[levels]\nunused-policy-entry = \"allow\"     # for one policy that many hosts share",
    },
    check: Check::Policy(check),
};

fn check(policy: &Policy, usage: &PolicyUsage) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for rule in &policy.rules {
        for (place, glob) in &rule.services {
            if !usage.services.iter().any(|name| glob.matches(name)) {
                drafts.push(Draft {
                    place: Some(place.clone()),
                    ..Draft::new(
                        glob.as_str(),
                        format!(
                            "{:?} matches no service{}",
                            glob.as_str(),
                            question(glob.as_str(), usage)
                        ),
                    )
                });
            }
        }
        for entry in &rule.allow {
            if !entry.note.has_expired(usage.today) && !usage.exceptions.contains(&entry.place) {
                let what = describe(entry);
                let message = format!("the exception for {what} is unused");
                drafts.push(Draft::new(what, message).by_entry(&entry.place, &entry.note));
            }
        }
    }
    drafts
}

/// Asks whether the service with the most similar name is meant.
fn question(glob: &str, usage: &PolicyUsage) -> String {
    closest(glob, usage.services.iter().map(UnitName::stem))
        .map_or_else(String::new, |name| format!("; did you mean {name:?}?"))
}

/// Describes the target of an exception.
pub fn describe(entry: &Exception) -> String {
    let parts = [
        entry.packages.as_ref().map(|named| named.written.clone()),
        entry.setting.as_ref().map(|named| named.written.clone()),
        entry.code.map(|code| code.to_string()),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    parts.join(", ")
}
