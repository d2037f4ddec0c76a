//! Views that don't work on the target.

use super::{Check, Explanation, Rule};
use crate::audit::subject::Subject;
use crate::change::Change;
use crate::code::Code;
use crate::finding::Draft;
use crate::service::Choice;

pub static RULE: Rule = Rule {
    code: Code::ViewRefused,
    explanation: Explanation {
        what: "The service sets the strategy `image`, but views don't work on the target machine: its kernel is older than Linux 5.15; its systemd sets `RestrictFileSystemAccess=` (261 and newer), which prevents execution from an overlay before Linux 7.2; or its store is already an overlay over another overlay.",
        why: "The view is not mounted, or nothing in it can be executed: the service does not start.",
        example: "systemd.services.web.confinement.strategy = \"image\";, with systemd.settings.Manager.RestrictFileSystemAccess = \"exec\"",
        fix: "Leave the strategy to `auto`, or use `bind`, which works everywhere.",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ code = \"view-refused\", reason = \"the host will have Linux 7.2\" }]",
    },
    check: Check::Service(check),
};

fn check(subject: &Subject) -> Vec<Draft> {
    let Some(obstacle) = subject.confined.service.view_obstacle else {
        return Vec::new();
    };
    let change = Change::Strategy(Choice::Auto);
    let remedy = subject
        .confined
        .change("to let confinix choose", "strategy", &[change]);
    vec![Draft {
        remedies: remedy.into_iter().collect(),
        ..Draft::new(
            "image",
            format!("the service sets strategy image, but {obstacle}"),
        )
    }]
}
