//! Shells.

use super::{Check, Explanation, Rule};
use crate::audit::subject::Subject;
use crate::change::Change;
use crate::code::Code;
use crate::finding::{Draft, Remedy};

/// The shells of nixpkgs, by the name of their package.
const SHELLS: &[&str] = &[
    "ash",
    "bash",
    "bash-interactive",
    "bash-static",
    "busybox",
    "busybox-static",
    "dash",
    "elvish",
    "fish",
    "ksh",
    "loksh",
    "mksh",
    "nsh",
    "nushell",
    "oil",
    "oils-for-unix",
    "osh",
    "oksh",
    "pdksh",
    "powershell",
    "rc",
    "sash",
    "tcsh",
    "toybox",
    "xonsh",
    "yash",
    "zsh",
];

pub static RULE: Rule = Rule {
    code: Code::ShellPresent,
    explanation: Explanation {
        what: "The closure contains a shell, or the service sees a program as /bin/sh.",
        why: "Most exploits end in a shell. Without one, an attacker can only do what the service's own program can do.",
        example: "web.service sees bash because a wrapper script starts the program.",
        fix: "Scripts in `preStart` and similar options add bash, and so do wrappers made by `makeWrapper` (`makeBinaryWrapper` makes one without a shell). Set `confinement.binSh = null` if /bin/sh is not needed. Follow the chain from the option to see what needs it.",
        allow: "[[rule]]\nservices = [\"postgresql\"]\nallow = [{ package = \"bash\", code = \"shell-present\", reason = \"initdb is run by a script\" }]",
    },
    check: Check::Service(check),
};

fn check(subject: &Subject) -> Vec<Draft> {
    let bin_sh = subject
        .confined
        .service
        .bin_sh
        .as_deref()
        .and_then(|program| subject.confined.bundle.store_dir.owner(program));
    let mut drafts: Vec<_> = subject
        .packages
        .iter()
        .filter(|(path, package)| SHELLS.contains(&package.name) || bin_sh.as_ref() == Some(path))
        .map(|(path, package)| {
            let mut remedies = vec![subject.allow_package(package)];
            let message = if bin_sh.as_ref() == Some(path) {
                let none = Change::Shell(None);
                let without = subject.confined.change("to remove it", "/bin/sh", &[none]);
                remedies.splice(0..0, without);
                format!("the closure contains a shell: {package}, which is at /bin/sh")
            } else {
                format!("the closure contains a shell: {package}")
            };
            Draft {
                path: Some((*path).clone()),
                remedies,
                ..Draft::new(package.name, message)
            }
        })
        .collect();
    // The host provides this shell, so it is not in the closure.
    if let (Some(program), None) = (&subject.confined.service.bin_sh, &bin_sh) {
        drafts.push(Draft {
            remedies: vec![Remedy::excepting(subject.confined.name, Code::ShellPresent)],
            ..Draft::new("/bin/sh", format!("{program} of the host is at /bin/sh"))
        });
    }
    drafts
}
