//! Executables that the policy denies.

use super::{Check, Explanation, Rule};
use crate::audit::subject::Subject;
use crate::bundle::{is_left_out, left_out_of};
use crate::code::Code;
use crate::config::DeniedExecutables;
use crate::finding::{Draft, Remedy};
use crate::store::{Package, StorePath};
use crate::surface::Measured;

pub static RULE: Rule = Rule {
    code: Code::DeniedExecutable,
    explanation: Explanation {
        what: "The closure of the service contains an executable, or a symlink to one, with a name that an entry of `deny-executables` denies.",
        why: "An attacker who takes over the service can run every executable that it sees, and some help more than others: shells, interpreters, programs that connect elsewhere. A package can bring one that its name does not show.",
        example: "[[rule]]\ndeny-executables = [\"nc\", { name = \"python*\", reason = \"no interpreters\", issue = \"SEC-7\" }]",
        fix: "Follow the chain from the option: the package before the one with the executable refers to it. Often another output of it is enough. `confinix why --all TARGET SERVICE PACKAGE` shows every way.",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ package = \"bash\", code = \"denied-executable\", reason = \"…\", until = 2027-01-31 }]",
    },
    check: Check::Service(check),
};

fn check(subject: &Subject) -> Vec<Draft> {
    let denied = || subject.rules.iter().flat_map(|rule| &rule.deny_executables);
    let Some(surfaces) = subject.surfaces.filter(|_| denied().next().is_some()) else {
        return Vec::new();
    };
    let left = left_out_of(subject.confined.bundle, subject.confined.service);
    let mut drafts = Vec::new();
    let mut is_whole = true;
    for (path, package) in &subject.packages {
        let Some(files) = surfaces.files(path) else {
            is_whole = false;
            continue;
        };
        let hidden = left.get(path).map_or(&[][..], Vec::as_slice);
        for entry in denied() {
            let found: Vec<_> = files
                .iter()
                .filter(|file| !is_left_out(hidden, &file.path))
                .filter(|file| is_denied(subject, path, file, entry))
                .collect();
            drafts.extend(draft(subject, path, package, entry, &found));
        }
    }
    if !is_whole {
        drafts.push(unknown(subject));
    }
    drafts
}

fn is_denied(
    subject: &Subject,
    path: &StorePath,
    file: &Measured,
    entry: &DeniedExecutables,
) -> bool {
    if !entry.pattern.matches(name(path, file)) {
        return false;
    }
    let Some(target) = &file.target else {
        return file.surface.executables > 0;
    };
    let link = format!("{path}/{}", file.path);
    subject.surfaces.is_some_and(|surfaces| {
        surfaces.leads_to_executable(subject.confined.bundle, link.trim_end_matches('/'), target)
    })
}

/// The name of a file, which may be the store path itself.
fn name<'a>(path: &'a StorePath, file: &'a Measured) -> &'a str {
    let name = file.path.rsplit('/').next().unwrap_or_default();
    if name.is_empty() { path.name() } else { name }
}

fn draft(
    subject: &Subject,
    path: &StorePath,
    package: &Package,
    entry: &DeniedExecutables,
    found: &[&Measured],
) -> Option<Draft> {
    let first = found.first()?;
    let more = match found.len() - 1 {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let message = format!(
        "the closure contains the executable {}{more} of {package}, and the policy denies {}",
        name(path, first),
        entry.written
    );
    let draft = Draft {
        path: Some(path.clone()),
        remedies: vec![Remedy::excepting(
            subject.confined.name,
            Code::DeniedExecutable,
        )],
        ..Draft::new(package.name, message)
    };
    Some(draft.by_entry(&entry.place, &entry.note))
}

fn unknown(subject: &Subject) -> Draft {
    Draft {
        is_uncertain: true,
        remedies: vec![Remedy::excepting(
            subject.confined.name,
            Code::DeniedExecutable,
        )],
        ..Draft::new(
            "store",
            "the executables of the closure can't be listed: its files are not on this machine",
        )
    }
}
