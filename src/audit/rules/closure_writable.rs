//! Settings that let the service change its closure.

use super::{Check, Explanation, Rule};
use crate::audit::subject::Subject;
use crate::code::Code;
use crate::finding::{Draft, Excepted, Remedy};
use crate::root::Settled;
use crate::store::{below, name_packages};
use crate::systemd::Setting;

pub static RULE: Rule = Rule {
    code: Code::ClosureWritable,
    explanation: Explanation {
        what: "`BindPaths=` of the unit mounts something writable below the store directory, or `ReadWritePaths=+…` exempts the store directory from the protection against writing.",
        why: "If the service can change programs of its closure, so can an attacker. systemd runs them again at the next start, before the service drops its privileges.",
        example: "systemd.services.web.serviceConfig.BindPaths = [ \"/var/lib/web/plugins:${pkgs.web}/plugins\" ];",
        fix: "Bind read-only (`BindReadOnlyPaths=`), or let the program look for its mutable data outside the store.",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ code = \"closure-writable\", reason = \"…\" }]",
    },
    check: Check::Service(check),
};

fn check(subject: &Subject) -> Vec<Draft> {
    let store = subject.confined.bundle.store_dir.as_str();
    let root = subject.confined.root();
    let mut drafts = Vec::new();
    for Settled { mount, read_only } in root.settled(false) {
        if !read_only
            && below(&mount.target, store).is_some()
            && let Some((Setting::BindPaths, word)) = mount.entry()
        {
            let consequence = format!("what the service sees at {} is writable", mount.target);
            drafts.push(draft(subject, Setting::BindPaths, word, &consequence));
        }
    }
    for entry in &root.read_write {
        let path = entry.path.as_str();
        if below(store, path).is_some() || below(path, store).is_some() {
            let consequence = "the closure is no longer protected against writing";
            drafts.push(draft(
                subject,
                Setting::ReadWritePaths,
                &entry.word,
                consequence,
            ));
        }
    }
    drafts
}

fn draft(subject: &Subject, setting: Setting, word: &str, consequence: &str) -> Draft {
    let named = name_packages(word, &subject.confined.bundle.store_dir);
    let assignment = format!("{setting}={named}");
    Draft {
        setting: Some(setting),
        remedies: (subject.confined.without(setting, word).into_iter())
            .chain([Remedy::exception(
                subject.confined.name,
                Excepted::Setting(assignment.clone()),
            )])
            .collect(),
        ..Draft::new(
            assignment,
            format!("the unit sets {setting}={word}: {consequence}"),
        )
    }
}
