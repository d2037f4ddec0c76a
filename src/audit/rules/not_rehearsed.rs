//! Services that have to be rehearsed, and are not.

use super::rehearsal_failed::reasons;
use super::{Check, Explanation, Rule};
use crate::audit::subject::Subject;
use crate::code::Code;
use crate::config::{Place, PolicyRule};
use crate::finding::{Draft, Remedy};
use crate::rehearse::{Evidence, HoldsFor, Recorded, Word};

pub static RULE: Rule = Rule {
    code: Code::NotRehearsed,
    explanation: Explanation {
        what: "`--require-rehearsal`, or `require-rehearsal` in the policy, requires that the service was started in a rehearsal. No file of `--rehearsal` has it with the closure, the drop-in and the unit that it has now. A record holds only for these: after any change, the service has to be rehearsed again. A service that does not work without confinement either was not compared, so its record proves nothing. If several rules set `require-rehearsal` for a service, the last one in the file wins.",
        why: "What a program needs is decided when it runs. A rehearsal starts the service with confinement and compares; reading alone can't tell that a service starts.",
        example: "[[rule]]\nservices = [\"web-*\"]\nrequire-rehearsal = true",
        fix: "Rehearse the service, and give the audit the record:\n\nconfinix rehearse bundle --record record.json\nconfinix audit bundle --rehearsal record.json",
        allow: "[[rule]]\nservices = [\"modem\"]\nallow = [{ code = \"not-rehearsed\", reason = \"needs a device\" }]",
    },
    check: Check::Service(check),
};

fn check(subject: &Subject) -> Vec<Draft> {
    let by_policy = required(subject);
    if !subject.requires_rehearsal && by_policy.is_none() {
        return Vec::new();
    }
    let why = match subject.evidence {
        Evidence::Starts | Evidence::Fails(_) => return Vec::new(),
        Evidence::None => {
            "no record of a rehearsal has it: rehearse it with `confinix rehearse … --record FILE`"
                .to_owned()
        }
        Evidence::Other(recorded) => other(subject, recorded),
        Evidence::NotComparable(recorded) => format!(
            "its rehearsal proves nothing, because it does not work without confinement either ({}): rehearse it where it does, with `confinix rehearse … --record FILE`",
            reasons(recorded)
        ),
    };
    let exception = Remedy::excepting(subject.confined.name, Code::NotRehearsed);
    let draft = Draft {
        remedies: vec![exception],
        ..Draft::new("rehearsal", why)
    };
    vec![match by_policy {
        Some((rule, place)) if !subject.requires_rehearsal => draft.by_entry(place, &rule.note),
        _ => draft,
    }]
}

/// Returns the rule that requires a rehearsal, with the place: the last one in force that sets it.
fn required<'a>(subject: &Subject<'a>) -> Option<(&'a PolicyRule, &'a Place)> {
    let rules = subject.rules.iter().rev();
    let set = rules
        .filter(|rule| !rule.note.has_expired(subject.today))
        .find_map(|rule| Some((*rule, rule.require_rehearsal.as_ref()?)));
    let (rule, (place, is_required)) = set?;
    is_required.then_some((rule, place))
}

fn other(subject: &Subject, recorded: &Recorded) -> String {
    let present = HoldsFor::of(&subject.confined.bundle.services[subject.confined.name]);
    let what = match &recorded.holds_for {
        Some(old) if old.closure != present.closure => "another closure",
        Some(old) if old.drop_in != present.drop_in => "another drop-in",
        Some(old) if old.unit != present.unit => "another unit",
        _ => "something else",
    };
    let how = if recorded.verdict == Word::StartsWithChanges {
        "make the changes in the record, or rehearse it again"
    } else {
        "rehearse it again"
    };
    format!("its rehearsal record is for {what}: {how} with `confinix rehearse … --record FILE`")
}
