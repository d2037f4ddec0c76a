//! Packages that have to be there.

use super::{Check, Explanation, Rule};
use crate::audit::Level;
use crate::audit::finding::{Draft, Remedy};
use crate::audit::subject::Subject;

pub static RULE: Rule = Rule {
    code: "required-package-missing",
    level: Level::Deny,
    summary: "a package is not in the closure that the policy requires",
    explanation: Explanation {
        what: "An entry of `require` names a package, and the closure of the service holds none that it means.",
        why: "Some things are only missed when the service runs: certificates, time zones, a hardened allocator. A confined service sees nothing that its closure lacks.",
        example: "[[rule]]\nservices = [\"api-*\"]\nrequire = [\"nss-cacert\", \"tzdata\"]",
        mend: "Add the package to the closure:\n\nsystemd.services.web.confinement.packages = [ pkgs.tzdata ];",
        allow: "[[rule]]\nservices = [\"api-batch\"]\nallow = [{ code = \"required-package-missing\", reason = \"…\" }]",
    },
    check: Check::Service(check),
};

fn check(subject: &Subject) -> Vec<Draft> {
    subject
        .rules
        .iter()
        .flat_map(|rule| &rule.require)
        .filter(|entry| {
            !subject
                .packages
                .iter()
                .any(|(_, package)| entry.means(package))
        })
        .map(|entry| Draft {
            place: Some(entry.place.clone()),
            reason: entry.note.reason.clone(),
            issue: entry.note.issue.clone(),
            remedies: vec![
                Remedy::nixos(
                    "to add it",
                    subject.name,
                    "confinement.packages",
                    &format!("[ pkgs.{} ]", entry.written()),
                ),
                Remedy::exception(subject.name, "code = \"required-package-missing\""),
            ],
            ..Draft::new(
                entry.written(),
                format!(
                    "no {} is in the closure, and the policy requires it",
                    entry.written()
                ),
            )
        })
        .collect()
}
