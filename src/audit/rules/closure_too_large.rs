//! Closures that are larger than the policy allows.

use super::{Check, Explanation, Rule};
use crate::audit::subject::Subject;
use crate::code::Code;
use crate::config::{Limit, PolicyRule};
use crate::finding::{Draft, Remedy};
use crate::store::bytes;
use crate::text::toml_string;

pub static RULE: Rule = Rule {
    code: Code::ClosureTooLarge,
    explanation: Explanation {
        what: "The closure of the service has more store paths (`max-paths`), more bytes (`max-size`, the sum of the NAR sizes) or more mounts (`max-mounts`) than the policy allows. Where several rules set the same limit for a service, the last one in the file counts.",
        why: "A closure that has grown holds something that was not there before, most often a compiler, a documentation or a second version of a library. Mounts also cost time at each start: with strategy `bind`, some hundred make a service start slowly.",
        example: "[[rule]]\nmax-paths = 400\nmax-size = \"1 GiB\"\nmax-mounts = 500",
        fix: "`confinix show TARGET SERVICE` lists the paths by size, and `confinix why` says where each comes from; `confinix diff` against the bundle of the last deployment shows what is new.",
        allow: "[[rule]]\nservices = [\"matrix\"]\nmax-paths = 900\nreason = \"…\"\nuntil = 2027-01-31",
    },
    check: Check::Service(check),
};

fn check(subject: &Subject) -> Vec<Draft> {
    let limit = |of: fn(&PolicyRule) -> Option<&Limit>| {
        subject
            .rules
            .iter()
            .rev()
            .filter(|rule| !rule.note.has_expired(subject.today))
            .find_map(|rule| of(rule).map(|limit| (*rule, limit)))
    };
    let closure = subject.closure;
    let paths = closure.paths.len() as u64;
    let mounts = subject.service.mounts as u64;
    let checks = [
        draft(
            subject,
            limit(|rule| rule.max_paths.as_ref()),
            "paths",
            paths,
            |paths| format!("{paths} store paths"),
        ),
        draft(
            subject,
            limit(|rule| rule.max_size.as_ref()),
            "size",
            closure.nar_size,
            bytes,
        ),
        draft(
            subject,
            limit(|rule| rule.max_mounts.as_ref()),
            "mounts",
            mounts,
            |mounts| format!("{mounts} mounts"),
        ),
    ];
    checks.into_iter().flatten().collect()
}

fn draft(
    subject: &Subject,
    limit: Option<(&PolicyRule, &Limit)>,
    what: &str,
    amount: u64,
    say: fn(u64) -> String,
) -> Option<Draft> {
    let (rule, limit) = limit.filter(|(_, limit)| amount > limit.value)?;
    let raised = if what == "size" {
        format!("\"{} MiB\"", amount.div_ceil(1 << 20))
    } else {
        amount.to_string()
    };
    Some(Draft {
        amount: Some(amount),
        place: Some(limit.place.clone()),
        reason: rule.note.reason.clone(),
        issue: rule.note.issue.clone(),
        remedies: vec![Remedy::policy(
            "to raise the limit",
            format!(
                "[[rule]]\nservices = [{}]\nmax-{what} = {raised}\nreason = \"\"",
                toml_string(subject.name.stem())
            ),
        )],
        ..Draft::new(
            what,
            format!(
                "the closure has {}, and the policy allows {}",
                say(amount),
                say(limit.value)
            ),
        )
    })
}
