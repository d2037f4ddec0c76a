//! Services that failed in a rehearsal.

use super::{Check, Explanation, Rule};
use crate::audit::subject::Subject;
use crate::code::Code;
use crate::finding::{Draft, Remedy};
use crate::rehearse::{Evidence, Recorded};

pub static RULE: Rule = Rule {
    code: Code::RehearsalFailed,
    explanation: Explanation {
        what: "A file of `--rehearsal` records that the service, with this closure, this drop-in and this unit, was started without confinement and with it, and behaved differently: it did not start, ended with another status, could not be reloaded, or did not listen on a socket. `confinix rehearse` found no changes with which it behaves the same.",
        why: "It was not foreseen but seen: deployed like this, the service does not work as it does without confinement.",
        example: "confinix rehearse bundle --record record.json\nconfinix audit bundle --rehearsal record.json",
        fix: "The record has the system calls that failed only with confinement (`failedCalls`) and the last lines of the service's journal. Give the service what they name, and rehearse it again. A difference that does not matter can be allowed.",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ code = \"rehearsal-failed\", reason = \"is never reloaded\" }]",
    },
    check: Check::Service(check),
};

/// As many differences are reported.
const MOST_REASONS: usize = 5;

/// As many characters are reported of each.
const MOST_CHARACTERS: usize = 300;

fn check(subject: &Subject) -> Vec<Draft> {
    let Evidence::Fails(recorded) = subject.evidence else {
        return Vec::new();
    };
    let exception = Remedy::excepting(subject.confined.name, Code::RehearsalFailed);
    vec![Draft {
        remedies: vec![exception],
        ..Draft::new(
            "rehearsal",
            format!("with confinement, {}", reasons(recorded)),
        )
    }]
}

/// The reasons of a verdict in a phrase, as far as they are not too long for one.
pub(super) fn reasons(recorded: &Recorded) -> String {
    let all = &recorded.reasons;
    let shown = all.iter().take(MOST_REASONS);
    let mut phrases: Vec<_> = shown.map(|reason| shortened(reason)).collect();
    if all.is_empty() {
        phrases.push("the record has no reason".to_owned());
    }
    if all.len() > MOST_REASONS {
        phrases.push(format!("{} more differences", all.len() - MOST_REASONS));
    }
    phrases.join("; ")
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MOST_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
