//! Merges the changes of one service: lists are joined, and equal values merge. Different values are a conflict.

use std::fmt;

use super::{Change, Removal};

/// Two changes that exclude each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The option that both change.
    pub option: String,
    /// The value in the first change.
    pub first: String,
    /// The value in the second change.
    pub second: String,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            option,
            first,
            second,
        } = self;
        write!(
            f,
            "two fixes give {option} different values: {first} and {second}"
        )
    }
}

impl std::error::Error for Conflict {}

/// Merges changes into a list that has each option once. Changes that reset a setting come before those that add to it.
pub fn merge(changes: impl IntoIterator<Item = Change>) -> Result<Vec<Change>, Conflict> {
    let mut changes: Vec<_> = changes.into_iter().flat_map(flat).collect();
    changes.sort_by_key(|change| match change {
        Change::Remove(_) => 0,
        Change::Replace(..) => 1,
        _ => 2,
    });
    let mut merged: Vec<Change> = Vec::new();
    for change in changes {
        let same = merged.iter_mut().find(|other| is_same(other, &change));
        match same {
            Some(earlier) => {
                *earlier = joined(earlier, &change).ok_or_else(|| Conflict {
                    option: earlier.option(),
                    first: earlier.to_string(),
                    second: change.to_string(),
                })?;
            }
            None => merged.push(change),
        }
    }
    Ok(merged)
}

/// Merges changes. Of two that exclude each other, only the first is kept.
pub fn compatible<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Vec<Change> {
    let mut list: Vec<Change> = Vec::new();
    for change in changes {
        if let Ok(merged) = merge(list.iter().chain([change]).cloned()) {
            list = merged;
        }
    }
    list
}

fn flat(change: Change) -> Vec<Change> {
    match change {
        Change::Settings(changes) => changes.into_iter().flat_map(flat).collect(),
        change => vec![change],
    }
}

/// Whether a change is about the same option as an earlier one.
fn is_same(earlier: &Change, change: &Change) -> bool {
    match (earlier, change) {
        (Change::Remove(removal), Change::Remove(other)) => {
            other.settings().iter().any(|name| removal.has(*name))
        }
        (Change::Remove(removal), other) => other.setting().is_some_and(|name| removal.has(name)),
        _ => earlier.option() == change.option(),
    }
}

/// Joins two changes of the same option; `None` if they conflict.
fn joined(a: &Change, b: &Change) -> Option<Change> {
    Some(match (a, b) {
        (a, b) if a == b => a.clone(),
        (Change::Add(name, a), Change::Add(_, b)) => Change::Add(*name, union(a, b)),
        (Change::Replace(name, all), Change::Add(_, more)) => {
            Change::Replace(*name, union(all, more))
        }
        (Change::Remove(a), Change::Remove(b)) if a.of == b.of => Change::Remove(Removal {
            taken: a.taken.union(&b.taken).cloned().collect(),
            of: a.of.clone(),
            added: union(&a.added, &b.added),
        }),
        (Change::Remove(removal), Change::Add(name, more)) => {
            let more: Vec<_> = more.iter().map(|entry| (*name, entry.clone())).collect();
            Change::Remove(Removal {
                added: union(&removal.added, &more),
                ..removal.clone()
            })
        }
        (Change::Packages(a), Change::Packages(b)) => Change::Packages(union(a, b)),
        (Change::Path(a), Change::Path(b)) => Change::Path(union(a, b)),
        (Change::Presets(a), Change::Presets(b)) => Change::Presets(union(a, b)),
        _ => return None,
    })
}

fn union<T: Clone + PartialEq>(a: &[T], b: &[T]) -> Vec<T> {
    let mut union = a.to_vec();
    for item in b {
        if !union.contains(item) {
            union.push(item.clone());
        }
    }
    union
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{Package, Value};
    use crate::systemd::Setting;

    fn on(name: Setting, is_on: bool) -> Change {
        Change::Set {
            name,
            value: Value::Switch(is_on),
            is_forced: false,
        }
    }

    fn removal(taken: &str) -> Change {
        let entry = |setting, entry: &str| (setting, entry.to_owned());
        Change::Remove(Removal {
            taken: [entry(Setting::BindPaths, taken)].into(),
            of: vec![
                entry(Setting::BindPaths, "/a"),
                entry(Setting::BindPaths, "/b"),
                entry(Setting::BindReadOnlyPaths, "/c"),
            ],
            added: Vec::new(),
        })
    }

    #[test]
    fn lists_are_joined_and_equal_values_are_one() -> Result<(), Conflict> {
        let package = |name: &str| Package {
            attribute: Some(name.to_owned()),
            path: None,
        };
        let add = |path: &str| Change::Add(Setting::BindReadOnlyPaths, vec![path.into()]);
        let merged = merge([
            add("/x"),
            Change::Packages(vec![package("bash")]),
            Change::Presets(vec!["dns"]),
            on(Setting::PrivateTmp, true),
            add("/y"),
            Change::Packages(vec![package("jq"), package("bash")]),
            Change::Settings(vec![
                on(Setting::PrivateTmp, true),
                on(Setting::PrivateDevices, false),
            ]),
            Change::Presets(vec!["tls"]),
            add("/x"),
        ])?;
        assert_eq!(
            merged,
            [
                Change::Add(Setting::BindReadOnlyPaths, vec!["/x".into(), "/y".into()]),
                Change::Packages(vec![package("bash"), package("jq")]),
                Change::Presets(vec!["dns", "tls"]),
                on(Setting::PrivateTmp, true),
                on(Setting::PrivateDevices, false),
            ]
        );
        Ok(())
    }

    #[test]
    fn what_is_taken_out_and_added_is_one_list() -> Result<(), Conflict> {
        let read_only = Change::Add(Setting::BindReadOnlyPaths, vec!["/x".into()]);
        let writable = Change::Add(Setting::BindPaths, vec!["/y".into()]);
        let merged = merge([
            on(Setting::PrivateTmp, true),
            read_only,
            removal("/a"),
            writable,
            removal("/b"),
        ])?;
        assert_eq!(merged.len(), 2);
        assert!(matches!(
            &merged[0],
            Change::Remove(removal) if removal.rest(Setting::BindPaths) == ["/y".into()]
                && removal.rest(Setting::BindReadOnlyPaths) == ["/c".into(), "/x".into()]
        ));
        let replaced = Change::Replace(Setting::SystemCallFilter, vec!["~@mount".into()]);
        let added = Change::Add(Setting::SystemCallFilter, vec!["@clock".into()]);
        assert_eq!(
            merge([added, replaced])?,
            [Change::Replace(
                Setting::SystemCallFilter,
                vec!["~@mount".into(), "@clock".into()]
            )]
        );
        Ok(())
    }

    #[test]
    fn different_values_are_a_conflict() {
        let conflict = merge([
            on(Setting::PrivateTmp, true),
            on(Setting::PrivateTmp, false),
        ]);
        let told = conflict.err().map(|conflict| conflict.to_string());
        let expected = "two fixes give PrivateTmp= different values: yes and no";
        assert_eq!(told.as_deref(), Some(expected));
        let list = Change::Add(Setting::PrivateTmp, vec!["/x".into()]);
        assert!(merge([on(Setting::PrivateTmp, true), list]).is_err());
    }
}
