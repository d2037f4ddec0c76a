//! Closures with more executables or interpreters than the policy allows.

use super::{Check, Explanation, Rule};
use crate::audit::limit::limit;
use crate::audit::subject::Subject;
use crate::bundle::left_out_of;
use crate::code::Code;
use crate::config::{Limit, PolicyRule};
use crate::finding::{Amount, Draft, Remedy};
use crate::store::{Package, StorePath};
use crate::surface::Surface;

pub static RULE: Rule = Rule {
    code: Code::SurfaceTooLarge,
    explanation: Explanation {
        what: "The closure of the service has more executables (`max-executables`) or interpreters (`max-interpreters`) than the policy allows. An executable is a script or an ELF program with execute permission; a program with many names counts once. An interpreter is an executable with the name of a shell or of a program that runs a language. If several rules set the same limit for a service, the last one in the file wins.",
        why: "An attacker who takes over the service can run every executable that it sees. With an interpreter, they can also run programs that they bring along as text.",
        example: "[[rule]]\nmax-executables = 50\nmax-interpreters = 1",
        fix: "`confinix show --surface BUNDLE SERVICE` lists the store paths with the most executables, and `confinix why` shows where each comes from; often another output of a package is enough.",
        allow: "[[rule]]\nservices = [\"gitea\"]\nmax-executables = 200\nreason = \"…\"\nuntil = 2027-01-31",
    },
    check: Check::Service(check),
};

fn check(subject: &Subject) -> Vec<Draft> {
    let kinds: [Kind; 2] = [
        Kind {
            key: "max-executables",
            noun: "executables",
            limit: |rule| rule.max_executables.as_ref(),
            count: |surface| surface.executables,
        },
        Kind {
            key: "max-interpreters",
            noun: "interpreters",
            limit: |rule| rule.max_interpreters.as_ref(),
            count: |surface| surface.interpreters,
        },
    ];
    kinds
        .iter()
        .filter_map(|kind| draft(subject, kind))
        .collect()
}

/// What is counted.
struct Kind {
    key: &'static str,
    noun: &'static str,
    limit: fn(&PolicyRule) -> Option<&Limit>,
    count: fn(&Surface) -> u64,
}

fn draft(subject: &Subject, kind: &Kind) -> Option<Draft> {
    let Kind { key, noun, .. } = kind;
    let rules = subject.rules.iter().copied();
    let (rule, limit) = limit(rules, subject.today, kind.limit)?;
    let confined = &subject.confined;
    let surfaces = subject.surfaces?;
    let whole = surfaces.of(confined.bundle, confined.service);
    // What is on this machine may already be too much.
    let is_whole = whole.is_some();
    let least = || surfaces.at_least(confined.bundle, confined.service);
    let count = (kind.count)(&whole.unwrap_or_else(least));
    if count <= limit.value && is_whole {
        return None;
    }
    if count <= limit.value {
        let draft = Draft {
            is_uncertain: true,
            remedies: vec![Remedy::excepting(confined.name, Code::SurfaceTooLarge)],
            ..Draft::new(
                *noun,
                format!(
                    "the {noun} of the closure can't be counted: it has at least {count}, and some of its files are not on this machine"
                ),
            )
        };
        return Some(draft.by_entry(&limit.place, &rule.note));
    }
    let amount = Amount::Count(count);
    let most = most(subject, kind);
    let mainly = most.map_or(String::new(), |(path, count)| {
        format!(", {count} of them in {}", Package::parse(path.name()))
    });
    let least = if is_whole { "" } else { "at least " };
    let draft = Draft {
        amount: Some(amount),
        path: most.map(|(path, _)| path.clone()),
        remedies: vec![Remedy::limit(confined.name, key, amount.to_string())],
        ..Draft::new(
            *noun,
            format!(
                "the closure has {least}{amount} {noun}{mainly}, and the policy allows {}",
                limit.value
            ),
        )
    };
    Some(draft.by_entry(&limit.place, &rule.note))
}

/// The store path with the most of what is counted; of several, the first.
fn most<'a>(subject: &Subject<'a>, kind: &Kind) -> Option<(&'a StorePath, u64)> {
    let surfaces = subject.surfaces?;
    let left = left_out_of(subject.confined.bundle, subject.confined.service);
    let mut most: Option<(&StorePath, u64)> = None;
    for (path, _) in &subject.packages {
        let Some(surface) = surfaces.path(path, &left) else {
            continue;
        };
        let count = (kind.count)(&surface);
        if count > most.map_or(0, |(_, most)| most) {
            most = Some((path, count));
        }
    }
    most
}
