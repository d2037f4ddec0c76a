//! Documentation in the closure.

use super::{Check, Explanation, Rule};
use crate::audit::subject::Subject;
use crate::code::Code;
use crate::finding::Draft;

/// The outputs of packages that contain only documentation.
const OUTPUTS: [&str; 4] = ["-doc", "-man", "-info", "-devdoc"];

pub static RULE: Rule = Rule {
    code: Code::DocumentationPresent,
    explanation: Explanation {
        what: "The closure contains an output that holds only documentation.",
        why: "No service reads it. It takes space, and a mount.",
        example: "The closure of web.service contains curl-8.5.0-man, because a script names `${curl.man}`.",
        fix: "Follow the chain from the option: the path before this one refers to it. Often a smaller output is enough (`pkgs.curl.bin`).",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ package = \"curl\", code = \"documentation-present\", reason = \"…\" }]",
    },
    check: Check::Service(check),
};

fn check(subject: &Subject) -> Vec<Draft> {
    let found = subject.packages.iter();
    found
        .filter(|(path, _)| is_documentation(path.name()))
        .map(|(path, package)| Draft {
            path: Some((*path).clone()),
            remedies: vec![subject.allow_package(package)],
            ..Draft::new(
                package.name,
                format!("the closure contains documentation: {package}"),
            )
        })
        .collect()
}

fn is_documentation(name: &str) -> bool {
    OUTPUTS.iter().any(|output| name.ends_with(output))
}

#[cfg(test)]
mod tests {
    use super::is_documentation;

    #[test]
    fn outputs_with_documentation_are_known_by_their_names() {
        assert!(is_documentation("curl-8.5.0-man"));
        assert!(!is_documentation("man-db-2.12"));
    }
}
