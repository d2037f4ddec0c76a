//! Packages that the policy requires.

use super::{Check, Explanation, Rule};
use crate::audit::subject::Subject;
use crate::change::{Change, Package};
use crate::code::Code;
use crate::config::Listed;
use crate::finding::{Draft, Remedy};
use crate::store;

pub static RULE: Rule = Rule {
    code: Code::RequiredPackageMissing,
    explanation: Explanation {
        what: "An entry of `require` names a package, but the closure contains no matching package.",
        why: "The lack of some packages shows only at run time: certificates, time zones, a hardened allocator. A confined service sees nothing that its closure lacks.",
        example: "[[rule]]\nservices = [\"api-*\"]\nrequire = [\"nss-cacert\", \"tzdata\"]",
        fix: "Add the package to the closure:\n\nsystemd.services.web.confinement.packages = [ pkgs.tzdata ];",
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
        .map(|entry| {
            let package = entry.written();
            let message = format!("the closure lacks {package}, which the policy requires");
            let exception = Remedy::excepting(subject.confined.name, Code::RequiredPackageMissing);
            let draft = Draft {
                remedies: add(subject, entry).into_iter().chain([exception]).collect(),
                ..Draft::new(package, message)
            };
            draft.by_entry(&entry.place, &entry.note)
        })
        .collect()
}

/// Suggests adding a package that matches the entry: one that another service of the bundle has, or the one with that name in
/// nixpkgs. For a pattern, the reader has to choose.
fn add(subject: &Subject, entry: &Listed) -> Option<Remedy> {
    let paths = subject.confined.bundle.paths.keys();
    let path = paths
        .map(|path| (path, store::Package::parse(path.name())))
        .find(|(_, package)| entry.means(package))
        .map(|(path, _)| path.to_string());
    let written = entry.written();
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_-'".contains(c);
    // A package usually has the name of its attribute. A package of the bundle may not; use its path.
    let attribute = match ATTRIBUTES.iter().find(|(name, _)| *name == written) {
        Some((_, attribute)) => Some((*attribute).to_owned()),
        None if path.is_some() => None,
        None => Some(written.to_owned()).filter(|name| name.chars().all(is_name)),
    };
    let change = Change::Packages(vec![Package { attribute, path }]);
    subject.confined.change("to add it", written, &[change])
}

/// Packages that policies often require and whose attribute in nixpkgs has another name.
const ATTRIBUTES: [(&str, &str); 3] = [
    ("bash-interactive", "bashInteractive"),
    ("glibc-locales", "glibcLocales"),
    ("nss-cacert", "cacert"),
];
