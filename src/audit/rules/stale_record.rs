//! Records that no longer tell which executables a service needs.

use super::{Check, Explanation, Rule};
use crate::audit::subject::Subject;
use crate::code::Code;
use crate::finding::Draft;
use crate::service::HideClass;

pub static RULE: Rule = Rule {
    code: Code::StaleRecord,
    explanation: Explanation {
        what: "The service sets `hide-unobserved`, so that its view hides the executables that no record of a run contains. The date has passed, or no record matches the present closure, so the view shows them.",
        why: "A run shows what the service executed that day. The date is there to have it looked at again, and after an update another run has to show what the new closure needs.",
        example: "systemd.services.web.confinement.hideUnobserved = \"2020-01-01\";",
        fix: "Run `confinix rehearse --record FILE` again, or `confinix observe` where the service is deployed, give the record to the bundle (`security.confinix.rehearsals`, `confinix bundle --rehearsal FILE`), and set a new date; or drop `hide-unobserved`.",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ code = \"stale-record\", reason = \"to be rehearsed before the release\" }]",
    },
    check: Check::Service(check),
};

fn check(subject: &Subject) -> Vec<Draft> {
    let service = subject.confined.service;
    let Some(until) = service.hide_unobserved else {
        return Vec::new();
    };
    let mut drafts = Vec::new();
    if until < subject.today {
        drafts.push(Draft::new(
            "date",
            format!(
                "hide-unobserved expired after {until}: record a run of the service again, and set a new date"
            ),
        ));
    }
    if !service.hide.contains(&HideClass::Unobserved) {
        drafts.push(Draft::new(
            "record",
            "no record matches the service's closure, so its view shows the executables that hide-unobserved would hide: record a run again",
        ));
    }
    drafts
}
