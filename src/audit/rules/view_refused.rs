//! Views that the target can't have.

use super::{Check, Explanation, Rule};
use crate::audit::subject::Subject;
use crate::change::Change;
use crate::code::Code;
use crate::finding::Draft;
use crate::service::Choice;

pub static RULE: Rule = Rule {
    code: Code::ViewRefused,
    explanation: Explanation {
        what: "The service asks for the strategy `image`, and it is known of the machine that it is to run on that no view works there: its kernel is older than Linux 5.15; its systemd has `RestrictFileSystemAccess=` (261 and newer), which before Linux 7.2 runs nothing from an overlay; or its store is an overlay over another already.",
        why: "The view is not mounted, or nothing in it can be executed: the service does not start.",
        example: "systemd.services.web.confinement.strategy = \"image\";, with systemd.settings.Manager.RestrictFileSystemAccess = \"exec\"",
        fix: "Leave the strategy to `auto`, or take `bind`, which works everywhere.",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ code = \"view-refused\", reason = \"the host will have Linux 7.2\" }]",
    },
    check: Check::Service(check),
};

fn check(subject: &Subject) -> Vec<Draft> {
    let Some(obstacle) = subject.service.view_obstacle else {
        return Vec::new();
    };
    let change = Change::Strategy(Choice::Auto);
    let remedy = subject.change("to let confinix choose", "strategy", &[change]);
    vec![Draft {
        remedies: remedy.into_iter().collect(),
        ..Draft::new(
            "image",
            format!("the strategy image was asked for, but {obstacle}"),
        )
    }]
}
