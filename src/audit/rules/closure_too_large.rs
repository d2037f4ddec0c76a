//! Closures that are larger than the policy allows.

use super::{Check, Explanation, Rule};
use crate::audit::limit::limit;
use crate::audit::subject::Subject;
use crate::code::Code;
use crate::config::{Limit, PolicyRule};
use crate::finding::{Amount, Draft, Remedy};

pub static RULE: Rule = Rule {
    code: Code::ClosureTooLarge,
    explanation: Explanation {
        what: "The closure of the service has more store paths (`max-paths`), more bytes (`max-size`, the sum of the NAR sizes) or more mounts (`max-mounts`) than the policy allows. If several rules set the same limit for a service, the last one in the file wins.",
        why: "A larger closure contains something new, usually a compiler, documentation or a second version of a library. Mounts also cost time at each start: with strategy `bind`, hundreds of mounts make a service start slowly.",
        example: "[[rule]]\nmax-paths = 400\nmax-size = \"1 GiB\"\nmax-mounts = 500",
        fix: "`confinix show BUNDLE SERVICE` lists the paths by size, and `confinix why` shows where each comes from; `confinix diff` against the bundle of the last deployment shows what is new.",
        allow: "[[rule]]\nservices = [\"matrix\"]\nmax-paths = 900\nreason = \"…\"\nuntil = 2027-01-31",
    },
    check: Check::Service(check),
};

fn check(subject: &Subject) -> Vec<Draft> {
    let rules = || subject.rules.iter().copied();
    let limit = |of: fn(&PolicyRule) -> Option<&Limit>| limit(rules(), subject.today, of);
    let closure = subject.confined.closure();
    let paths = Amount::Count(closure.paths.len() as u64);
    let size = Amount::Bytes(closure.nar_size);
    let mounts = Amount::Count(subject.confined.service.mounts as u64);
    let (max_paths, max_size, max_mounts) = (
        limit(|rule| rule.max_paths.as_ref()),
        limit(|rule| rule.max_size.as_ref()),
        limit(|rule| rule.max_mounts.as_ref()),
    );
    let checks = [
        draft(subject, max_paths, "max-paths", paths, " store paths"),
        draft(subject, max_size, "max-size", size, ""),
        draft(subject, max_mounts, "max-mounts", mounts, " mounts"),
    ];
    checks.into_iter().flatten().collect()
}

/// Drafts a finding if `amount` exceeds the limit that rules set with `key`. `of` is the unit, printed after the amount.
fn draft(
    subject: &Subject,
    limit: Option<(&PolicyRule, &Limit)>,
    key: &'static str,
    amount: Amount,
    of: &str,
) -> Option<Draft> {
    let (rule, limit) = limit.filter(|(_, limit)| amount.number() > limit.value)?;
    let raised = match amount {
        Amount::Bytes(bytes) => format!("\"{} MiB\"", bytes.div_ceil(1 << 20)),
        Amount::Count(_) | Amount::Exposure(_) => amount.to_string(),
    };
    let allowed = amount.with_number(limit.value);
    let draft = Draft {
        amount: Some(amount),
        remedies: vec![Remedy::limit(subject.confined.name, key, raised)],
        ..Draft::new(
            key.trim_start_matches("max-"),
            format!("the closure has {amount}{of}, and the policy allows {allowed}{of}"),
        )
    };
    Some(draft.by_entry(&limit.place, &rule.note))
}
