//! Exceptions from confinement for services that run nothing that could be confined.

use std::collections::BTreeSet;

use super::{Check, Explanation, Rule};
use crate::audit::target::Target;
use crate::code::Code;
use crate::finding::Draft;
use crate::store::StorePath;
use crate::text::nix_attr;

pub static RULE: Rule = Rule {
    code: Code::UnneededException,
    explanation: Explanation {
        what: "`security.confinix.default.except` excepts a service whose unit is masked, that has no Exec line, or whose Exec lines name no store path. confinix says nothing about other exceptions: whether a service works confined, `confinix check -s NAME TARGET` and `confinix rehearse -s NAME TARGET` find out, which also take services that are excepted.",
        why: "The exception would leave the service unconfined without a word once it does run something of the store.",
        example: "security.confinix.default.except.printer.reason = \"starts filters that users install\";\nsystemd.services.printer.enable = false;",
        fix: "Remove the exception.",
        allow: "[levels]\nunneeded-exception = \"allow\"     # for exceptions that many hosts share",
    },
    check: Check::Target(check),
};

fn check(target: &Target, _: &BTreeSet<StorePath>) -> Vec<Draft> {
    let draft = |(name, unneeded)| {
        let message = format!(
            "security.confinix.default.except.{} is not needed: {unneeded}",
            nix_attr(name)
        );
        Draft::new(name, message)
    };
    let unconfined = target.bundle.unconfined.iter();
    unconfined
        .filter_map(|(name, service)| Some((name.stem(), service.unneeded?)))
        .map(draft)
        .collect()
}
