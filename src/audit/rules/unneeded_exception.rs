//! Exceptions from confinement that are not needed.

use std::collections::BTreeSet;

use super::{Check, Explanation, Rule};
use crate::audit::target::Target;
use crate::code::Code;
use crate::finding::Draft;
use crate::rehearse::Word;
use crate::service::{Unconfined, UnitName};
use crate::store::StorePath;
use crate::text::nix_attr;

pub static RULE: Rule = Rule {
    code: Code::UnneededException,
    explanation: Explanation {
        what: "`security.confinix.default.except` excepts a service whose unit is masked, that has no Exec line, or whose Exec lines name no store path. Or a file of `--rehearsal` records that the service, with the commands and settings that it has now, starts with confinement as it does without; services that manage the host, build with Nix and so on are not reported for that. An existing bundle does not have the commands of excepted services, so this is only found if the target is evaluated.",
        why: "The service could be confined, or the exception would leave it unconfined without a word once it does run something of the store.",
        example: "security.confinix.default.except.printer.reason = \"starts filters that users install\";\nsystemd.services.printer.enable = false;",
        fix: "Remove the exception. `confinix rehearse -s NAME TARGET --record FILE` finds out whether an excepted service starts with confinement, and with which changes.",
        allow: "[levels]\nunneeded-exception = \"allow\"     # for exceptions that many hosts share",
    },
    check: Check::Target(check),
};

fn check(target: &Target, _: &BTreeSet<StorePath>) -> Vec<Draft> {
    let draft = |name: &UnitName, why: &str| {
        let message = format!(
            "security.confinix.default.except.{} is not needed: {why}",
            nix_attr(name.stem())
        );
        Draft::new(name.stem(), message)
    };
    let told = |(name, service): (&UnitName, &Unconfined)| {
        let started = target.startable.and_then(|words| words.get(name));
        let why = match (service.unneeded, started) {
            (Some(unneeded), _) => unneeded.to_string(),
            (None, Some(Word::StartsWithChanges)) => {
                "a rehearsal found that it starts confined, with the changes in its record"
                    .to_owned()
            }
            (None, Some(_)) => "a rehearsal found that it starts confined".to_owned(),
            (None, None) => return None,
        };
        Some(draft(name, &why))
    };
    target.bundle.unconfined.iter().filter_map(told).collect()
}
