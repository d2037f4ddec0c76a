//! What strace saw of a service, in a few lines.

use std::collections::BTreeSet;

use super::human::count;
use crate::rehearse::RecordedCalls;

/// As many names of a kind are shown.
const MOST: usize = 4;

/// What a service did and was refused, each in a line; nothing if it did nothing of that kind.
pub fn calls(calls: &RecordedCalls) -> Vec<String> {
    let mut lines = Vec::new();
    for (place, paths) in &calls.created {
        lines.push(format!("creates in {place}: {}", few(paths)));
    }
    if !calls.connected.is_empty() {
        lines.push(format!("connects to {}", few(&calls.connected)));
    }
    let of_kind = |kind: &str, names: &BTreeSet<String>| {
        (!names.is_empty()).then(|| format!("{kind} {}", few(names)))
    };
    let whom = [
        of_kind("users", &calls.users),
        of_kind("groups", &calls.groups),
    ];
    let whom: Vec<_> = whom.into_iter().flatten().collect();
    if !whom.is_empty() {
        lines.push(format!("becomes or gives files to {}", whom.join(", ")));
    }
    if !calls.looked_up.is_empty() {
        lines.push(format!(
            "looks up users and groups in {}",
            few(&calls.looked_up)
        ));
    }
    if !calls.looked_up_in_vain.is_empty() {
        lines.push(format!(
            "with confinement, does not find users and groups in {}",
            few(&calls.looked_up_in_vain)
        ));
    }
    let refused = calls.refused.iter().map(|refused| {
        let capability = refused.capability.iter();
        let capability: String = capability.map(|name| format!(" ({name})")).collect();
        format!("{}{capability}", refused.call)
    });
    let refused: BTreeSet<String> = refused.collect();
    if !refused.is_empty() {
        lines.push(format!("confinement refuses {}", few(&refused)));
    }
    if calls.incomplete && !lines.is_empty() {
        lines.push("strace may not have seen all of this".to_owned());
    }
    lines
}

/// The first of these, and how many more there are.
fn few(all: &BTreeSet<String>) -> String {
    let mut names: Vec<String> = all.iter().take(MOST).cloned().collect();
    let more = all.len().saturating_sub(MOST);
    if more > 0 {
        names.push(format!("{} (--format json has all)", count(more, "other")));
    }
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearse::RefusedCall;

    #[test]
    fn each_kind_has_a_line_that_can_be_read() {
        let set = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
        let files: BTreeSet<String> = (0..500).map(|number| format!("/tmp/{number}")).collect();
        let seen = RecordedCalls {
            created: [
                ("/tmp".to_owned(), files),
                ("StateDirectory=x".to_owned(), set(&["/var/lib/x/db"])),
            ]
            .into(),
            connected: set(&["127.0.0.1:53"]),
            users: set(&["www-data"]),
            groups: set(&["4", "www-data"]),
            looked_up: set(&["/etc/passwd"]),
            looked_up_in_vain: set(&["/etc/passwd"]),
            refused: vec![RefusedCall {
                call: "setgid 33: EINVAL".to_owned(),
                capability: Some("CAP_SETGID".to_owned()),
            }],
            incomplete: true,
        };
        assert_eq!(
            calls(&seen),
            [
                "creates in /tmp: /tmp/0, /tmp/1, /tmp/10, /tmp/100, 496 others (--format json has all)",
                "creates in StateDirectory=x: /var/lib/x/db",
                "connects to 127.0.0.1:53",
                "becomes or gives files to users www-data, groups 4, www-data",
                "looks up users and groups in /etc/passwd",
                "with confinement, does not find users and groups in /etc/passwd",
                "confinement refuses setgid 33: EINVAL (CAP_SETGID)",
                "strace may not have seen all of this",
            ]
        );
        assert_eq!(calls(&RecordedCalls::default()), [""; 0]);
    }
}
