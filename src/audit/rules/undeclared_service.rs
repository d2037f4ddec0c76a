//! Services that only a package has, so that `security.confinix.default` does not confine them.

use std::collections::BTreeSet;

use super::{Check, Explanation, Rule};
use crate::audit::target::Target;
use crate::code::Code;
use crate::finding::Draft;
use crate::service::LeftOutBy;
use crate::store::StorePath;
use crate::text::nix_attr;

pub static RULE: Rule = Rule {
    code: Code::UndeclaredService,
    explanation: Explanation {
        what: "`security.confinix.default.enable` is set, and a package in `systemd.packages` ships a service that `systemd.services` does not declare. A configuration learns nothing about the content of packages before they are built, so it can confine only what it declares.",
        why: "The service runs unconfined if something starts it: a target or a timer of the package, D-Bus, another service.",
        example: "systemd.packages = [ pkgs.colord ];     # which ships colord.service",
        fix: "Declare the service: systemd.services.colord = { };\nNixOS adds a drop-in with its default PATH to it, and confinix confines it. To leave it unconfined, declare it and give the reason in security.confinix.default.except.colord.reason.",
        allow: "[levels]\nundeclared-service = \"allow\"",
    },
    check: Check::Target(check),
};

fn check(target: &Target, _: &BTreeSet<StorePath>) -> Vec<Draft> {
    let unconfined = target.bundle.unconfined.iter();
    unconfined
        .filter(|(_, service)| service.by == LeftOutBy::Package)
        .map(|(name, service)| {
            let message = format!(
                "{name} is not confined: {}; declare it: systemd.services.{} = {{ }};",
                service.reason,
                nix_attr(name.stem())
            );
            Draft::new(name.stem(), message)
        })
        .collect()
}
