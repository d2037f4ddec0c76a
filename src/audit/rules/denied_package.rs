//! Packages that the policy denies.

use super::{Check, Explanation, Rule};
use crate::audit::subject::Subject;
use crate::code::Code;
use crate::finding::Draft;

pub static RULE: Rule = Rule {
    code: Code::DeniedPackage,
    explanation: Explanation {
        what: "A store path of the service's closure belongs to a package that an entry of `deny` names.",
        why: "An attacker who takes over the service can run and read everything in its closure. An unnecessary or vulnerable package helps them.",
        example: "[[rule]]\ndeny = [\"perl\", { package = \"openssl-1.*\", reason = \"no longer maintained\", issue = \"SEC-12\" }]",
        fix: "Follow the chain from the option: the package before the denied one refers to it. Often an option of that package leaves the reference out (`withPerl = false`), a smaller output is enough (`pkgs.curl.bin`), or a script uses only one program of the package. `confinix why --all TARGET SERVICE PACKAGE` shows every way.",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ package = \"perl\", reason = \"…\", until = 2027-01-31 }]",
    },
    check: Check::Service(check),
};

fn check(subject: &Subject) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for entry in subject.rules.iter().flat_map(|rule| &rule.deny) {
        for (path, package) in &subject.packages {
            if entry.means(package) {
                let draft = Draft {
                    path: Some((*path).clone()),
                    remedies: vec![subject.allow_package(package)],
                    ..Draft::new(
                        package.name,
                        format!(
                            "the closure contains {package}, and the policy denies {}",
                            entry.written()
                        ),
                    )
                };
                drafts.push(draft.by_entry(&entry.place, &entry.note));
            }
        }
    }
    drafts
}
