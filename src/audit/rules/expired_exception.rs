//! Exceptions that have expired.

use super::unused_policy_entry::describe;
use super::{Check, Explanation, Rule};
use crate::audit::usage::PolicyUsage;
use crate::code::Code;
use crate::config::{Note, Place, Policy};
use crate::date::Date;
use crate::finding::Draft;

pub static RULE: Rule = Rule {
    code: Code::ExpiredException,
    explanation: Explanation {
        what: "An entry of the policy has an `until` that is before today. It no longer applies, and its findings are reported again.",
        why: "An exception with a date was meant to be reviewed by then.",
        example: "allow = [{ package = \"perl\", until = 2020-01-01 }]",
        fix: "Fix the finding and remove the entry, or set a new date with a reason. The day in `until` is the last on which the entry applies.",
        allow: "[levels]\nexpired-exception = \"allow\"",
    },
    check: Check::Policy(check),
};

fn check(policy: &Policy, usage: &PolicyUsage) -> Vec<Draft> {
    dated(policy)
        .into_iter()
        .filter(|(_, note, _)| note.has_expired(usage.today))
        .filter_map(|(place, note, what)| {
            Some(draft(
                place,
                note,
                &what,
                &format!("expired after {}", note.until?),
            ))
        })
        .collect()
}

/// Every part of a policy with a date: its place, its note and what it is for. A rule whose exceptions all share its date
/// appears once.
pub fn dated(policy: &Policy) -> Vec<(&Place, &Note, String)> {
    let mut dated = Vec::new();
    for rule in &policy.rules {
        let own: Vec<_> = rule
            .allow
            .iter()
            .filter(|entry| entry.note.until != rule.note.until)
            .collect();
        if rule.note.until.is_some() {
            let what = match rule.services.first() {
                Some((_, glob)) => format!("the rule for {:?}", glob.as_str()),
                None => "the rule".to_owned(),
            };
            dated.push((&rule.place, &rule.note, what));
        }
        for entry in own {
            if entry.note.until.is_some() {
                let what = format!("the exception for {}", describe(entry));
                dated.push((&entry.place, &entry.note, what));
            }
        }
    }
    dated
}

/// Drafts a finding about an entry with a date.
pub fn draft(place: &Place, note: &Note, what: &str, happens: &str) -> Draft {
    Draft::new(what, format!("{what} {happens}")).by_entry(place, note)
}

/// Returns the number of days from `today` to the last day of an entry; `None` if it has no date.
pub fn days_left(note: &Note, today: Date) -> Option<i64> {
    note.until.map(|until| until.days_after(today))
}
