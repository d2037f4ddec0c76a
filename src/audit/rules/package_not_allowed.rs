//! Packages that no `only` list allows.

use super::{Check, Explanation, Rule};
use crate::audit::subject::Subject;
use crate::code::Code;
use crate::config::Listed;
use crate::finding::{Draft, PolicyChange, Remedy};

pub static RULE: Rule = Rule {
    code: Code::PackageNotAllowed,
    explanation: Explanation {
        what: "The closure contains a package that is not in the policy's `only` list. If several rules with `only` match the service, a package in one of them is enough.",
        why: "For a service that faces the network, a list of what it may see is easier to judge than a list of what it may not. An update that adds a package to the closure is noticed before deployment.",
        example: "[[rule]]\nservices = [\"web\"]\nonly = [\"nginx\", \"openssl\", \"pcre2\", \"zlib\", \"glibc\", \"libgcc\", \"xgcc\"]",
        fix: "Follow the chain from the option to see what added the package, and remove it there; or, if it belongs there, add it to the list.",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ package = \"libxml2\", reason = \"…\", until = 2027-01-31 }]",
    },
    check: Check::Service(check),
};

fn check(subject: &Subject) -> Vec<Draft> {
    let lists: Vec<_> = subject
        .rules
        .iter()
        .filter_map(|rule| rule.only.as_ref())
        .collect();
    let Some((place, _)) = lists.last() else {
        return Vec::new();
    };
    let allowed: Vec<&Listed> = lists.iter().flat_map(|(_, entries)| entries).collect();
    subject
        .packages
        .iter()
        .filter(|(_, package)| !allowed.iter().any(|entry| entry.means(package)))
        .map(|(path, package)| Draft {
            path: Some((*path).clone()),
            place: Some(place.clone()),
            remedies: vec![
                Remedy::Policy(PolicyChange::Only(package.name.to_owned())),
                subject.allow_package(package),
            ],
            ..Draft::new(
                package.name,
                format!(
                    "the closure contains {package}, which no `only` list of the policy allows"
                ),
            )
        })
        .collect()
}
