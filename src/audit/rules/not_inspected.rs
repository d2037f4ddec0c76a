//! Services whose files could not be checked.

use std::collections::BTreeSet;

use super::{Check, Explanation, Rule};
use crate::audit::target::Target;
use crate::code::{Code, Level};
use crate::finding::{Draft, PolicyChange, Remedy};
use crate::store::StorePath;
use crate::text::count;

pub static RULE: Rule = Rule {
    code: Code::NotInspected,
    explanation: Explanation {
        what: "confinix reads the files of the closure to check commands, interpreters, libraries and scripts. This machine does not have them: the graph is recorded, the store is elsewhere, or the paths have been collected as garbage.",
        why: "Without these files, the absence of findings means nothing. confinix still checks what the bundle itself contains.",
        example: "A bundle is audited on another machine than the one that built it.",
        fix: "Audit where the paths are, or fetch them first: nix-store --realise PATH. In a flake check (`lib.mkCheck`) they always are.",
        allow: "[levels]\nnot-inspected = \"allow\"",
    },
    check: Check::Target(check),
};

fn check(target: &Target, absent: &BTreeSet<StorePath>) -> Vec<Draft> {
    let blind = target
        .bundle
        .services
        .values()
        .filter(|service| {
            let closure = &target.bundle.closures[&service.closure];
            closure.paths.iter().any(|path| absent.contains(path))
        })
        .count();
    let Some(first) = absent.first().filter(|_| blind > 0) else {
        return Vec::new();
    };
    // The first missing path distinguishes the findings of several targets.
    let absent = match absent.len() - 1 {
        0 => format!("{first} is"),
        more => format!("{first} and {} are", count(more, "more store path")),
    };
    vec![Draft {
        remedies: vec![Remedy::Policy(PolicyChange::Level(
            Code::NotInspected,
            Level::Allow,
        ))],
        ..Draft::new(
            "store",
            format!(
                "confinix could not check what will fail in {}: {absent} not on this machine",
                count(blind, "service")
            ),
        )
    }]
}
