//! What a record has of the calls of a service.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::capabilities::{capability, is_refused};
use super::seen::Seen;
use super::tracing::is_traced_whole;
use super::tree::{OF_REHEARSAL, Tree, is_of_kernel};
use crate::document::{self, Kind};
use crate::observe::{Address, Failures};
use crate::service::{Service, UnitName, unique_keys};
use crate::store::below;
use crate::systemd::{ExecDirectories, Specifiers, resolved};

/// As many names of each kind are recorded of a service.
const MOST: usize = 500;

/// Directories that a guest has itself, whatever the tree has.
const OF_GUEST: [&str; 4] = ["/run/", "/tmp/", "/var/tmp/", "/dev/shm/"];
/// Files and directories of sockets by which the C library looks up users and groups.
const NAMES: [&str; 6] = [
    "/etc/passwd",
    "/etc/group",
    "/etc/shadow",
    "/run/systemd/userdb",
    "/run/nscd",
    "/var/run/nscd",
];

/// What strace saw of a service, as it is configured.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordedCalls {
    /// The files, directories and sockets that it created without confinement, by the place that they are in: a setting with its value
    /// (`StateDirectory=web`), or a directory (`/var/lib`).
    #[serde(
        default,
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "unique_keys"
    )]
    pub created: BTreeMap<String, BTreeSet<String>>,
    /// The sockets that it connected to or sent to without confinement.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub connected: BTreeSet<String>,
    /// The users that it became or gave files to without confinement: names, or numbers if the tree does not name them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub users: BTreeSet<String>,
    /// Such groups.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub groups: BTreeSet<String>,
    /// Where it looked up users and groups without confinement.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub looked_up: BTreeSet<String>,
    /// Where it did not find them, only with confinement.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub looked_up_in_vain: BTreeSet<String>,
    /// The calls that only confinement refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<RefusedCall>,
    /// Whether something may be missing.
    pub incomplete: bool,
}

/// A call that confinement refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RefusedCall {
    /// The call: `setgroups 1, [33]: EPERM`.
    pub call: String,
    /// The capability that it needs, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capability: Option<String>,
}

impl RecordedCalls {
    /// What strace saw of a service in this tree.
    pub fn of(seen: &Seen, name: &UnitName, service: &Service, tree: Tree<'_>) -> Self {
        let activity = &seen.control.activity;
        let failures = &seen.failures;
        let mut incomplete = activity.incomplete
            || failures.incomplete
            || seen.control.failed.not_understood > 0
            || !is_traced_whole(service);
        let places = places(name, service);
        let mut created: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let is_new = |path: &&String| is_new(path, tree);
        for path in few(activity.created.iter().filter(is_new), &mut incomplete) {
            let paths = created.entry(place(path, &places)).or_default();
            paths.insert(path.clone());
        }
        let connected = activity.connected.iter().map(ToString::to_string);
        let found = looked_up(&seen.control.used).into_iter();
        let in_vain = looked_up(failures).into_iter();
        let refused = failures
            .calls
            .iter()
            .filter(|failure| is_refused(failure))
            .map(|failure| RefusedCall {
                call: failure.to_string(),
                capability: capability(failure).map(str::to_owned),
            });
        Self {
            created,
            connected: few(connected, &mut incomplete).collect(),
            users: few(names(tree, "/etc/passwd", &activity.users), &mut incomplete).collect(),
            groups: few(names(tree, "/etc/group", &activity.groups), &mut incomplete).collect(),
            looked_up: few(found, &mut incomplete).collect(),
            looked_up_in_vain: few(in_vain, &mut incomplete).collect(),
            refused: few(refused, &mut incomplete).collect(),
            incomplete,
        }
    }
}

/// As many as are recorded. If there are more, the record is incomplete.
fn few<T>(all: impl Iterator<Item = T>, incomplete: &mut bool) -> impl Iterator<Item = T> {
    let mut kept: Vec<T> = all.take(MOST + 1).collect();
    *incomplete |= kept.len() > MOST;
    kept.truncate(MOST);
    kept.into_iter()
}

/// Whether the service itself made what is at this path.
fn is_new(path: &str, tree: Tree<'_>) -> bool {
    if OF_GUEST.iter().any(|place| path.starts_with(place)) {
        return !path.starts_with(OF_REHEARSAL);
    }
    !is_of_kernel(path) && !tree.has(path)
}

/// The directories that systemd makes for a service, each with its setting.
fn places(name: &UnitName, service: &Service) -> Vec<(String, String)> {
    let settings = resolved(&service.settings, &Specifiers::of(name));
    let mut places = Vec::new();
    for kind in ExecDirectories::ALL {
        for directory in kind.of(&settings) {
            let below = directory.path.strip_prefix(kind.parent());
            let below = below.unwrap_or_default().trim_start_matches('/');
            let place = format!("{}={below}", kind.setting().name());
            // Where a dynamic user has it.
            places.push((format!("{}/private/{below}", kind.parent()), place.clone()));
            places.extend(directory.link.map(|link| (link, place.clone())));
            places.push((directory.path, place));
        }
    }
    places
}

/// The place that a path is in: one of these, else the top directory, and of /var and /dev the one below it.
fn place(path: &str, places: &[(String, String)]) -> String {
    let is_in = |(directory, _): &&(String, String)| below(path, directory).is_some();
    if let Some((_, place)) = places.iter().find(is_in) {
        return place.clone();
    }
    let mut parts = path.split('/').skip(1);
    let top = parts.next().unwrap_or_default();
    let second = parts.next();
    let is_last = parts.next().is_none();
    match second {
        Some(second) if matches!(top, "var" | "dev") && !is_last => format!("/{top}/{second}"),
        Some(_) => format!("/{top}"),
        None => "/".to_owned(),
    }
}

/// Where calls looked up users or groups.
fn looked_up(calls: &Failures) -> BTreeSet<String> {
    let paths = calls.calls.iter().filter_map(|call| match &call.address {
        Some(Address::Unix(path)) => Some(path),
        _ => call.path.as_ref(),
    });
    let is_of_names = |path: &&String| NAMES.iter().any(|name| below(path, name).is_some());
    paths.filter(is_of_names).cloned().collect()
}

/// The names that a file of the tree has for ids: `name:x:ID:`.
fn names<'a>(
    tree: Tree<'_>,
    file: &str,
    ids: &'a BTreeSet<u32>,
) -> impl Iterator<Item = String> + use<'a> {
    let text = document::text(&tree.at(file), Kind::Configuration).unwrap_or_default();
    ids.iter().map(move |id| {
        let number = id.to_string();
        let named = text.lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            (fields.nth(1) == Some(&number)).then(|| name.to_owned())
        });
        named.unwrap_or(number)
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use anyhow::Result;

    use super::*;
    use crate::observe::{Failure, Intent};
    use crate::rehearse::unit::tests::service;

    #[test]
    fn of_each_kind_a_record_has_some() -> Result<()> {
        let looked_up = |number: usize| Failure {
            call: "openat".to_owned(),
            path: Some(format!("/run/systemd/userdb/{number}")),
            address: None,
            arguments: None,
            errno: "ENOENT".to_owned(),
            intent: Intent::Read,
        };
        let recorded = |found: usize, in_vain: usize| -> Result<RecordedCalls> {
            let mut seen = Seen::default();
            seen.control.used.calls.extend((0..found).map(looked_up));
            let calls = (0..in_vain).map(looked_up).collect();
            seen.failures = Failures {
                calls,
                ..Failures::default()
            };
            let tree = Tree {
                root: Path::new("/nowhere"),
                with: &[],
                store: Path::new("/nix/store"),
            };
            let name = UnitName::parse("a.service")?;
            Ok(RecordedCalls::of(&seen, &name, &service("{}")?, tree))
        };
        let all = recorded(MOST, MOST)?;
        assert_eq!(all.looked_up.len(), MOST);
        assert!(!all.incomplete);
        let found = recorded(MOST + 1, 0)?;
        assert_eq!(found.looked_up.len(), MOST);
        assert!(found.incomplete);
        let in_vain = recorded(0, MOST + 1)?;
        assert_eq!(in_vain.looked_up_in_vain.len(), MOST);
        assert!(in_vain.incomplete);
        Ok(())
    }
}
