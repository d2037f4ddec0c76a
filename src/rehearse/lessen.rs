//! Narrower forms of changes that give up much. They need not make a service start where the wide form does, so they are tried last.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::candidates::Candidate;
use super::case::Case;
use super::improve::Search;
use super::round::side_by_side;
use crate::change::{Change, Value};
use crate::service::{Service, UnitName};
use crate::systemd::Setting;

/// The first systemd that knows `PrivateUsers=identity`, and the first that knows `full`. Others ignore these values, so that the service
/// has no user namespace.
const KNOWS_IDENTITY: u32 = 257;
const KNOWS_FULL: u32 = 258;

/// What a service needs that becomes other users, gives them files or listens on a low port. With these, root can neither mount nor open
/// files by their handles.
const CAPABILITIES: &str = "CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_FSETID CAP_KILL CAP_NET_BIND_SERVICE CAP_SETGID CAP_SETPCAP CAP_SETUID CAP_SYS_CHROOT";

/// The narrower forms of a change that a systemd of this version knows, the narrowest first.
fn narrower(change: &Change, service: &Service, systemd: u32) -> Vec<Change> {
    let Change::Set {
        name: Setting::PrivateUsers,
        value: Value::Switch(false),
        is_forced,
    } = change
    else {
        return Vec::new();
    };
    let set = |name, text: &str, is_forced| Change::Set {
        name,
        value: Value::Text(text.into()),
        is_forced,
    };
    let named = [(KNOWS_IDENTITY, "identity"), (KNOWS_FULL, "full")];
    let named = named.into_iter().filter(|(first, _)| systemd >= *first);
    let mut forms: Vec<Change> = named
        .map(|(_, value)| set(Setting::PrivateUsers, value, *is_forced))
        .collect();
    // The unit's own bounds stay as they are.
    if !service
        .settings
        .is_assigned(&Setting::CapabilityBoundingSet)
    {
        let bounds = set(Setting::CapabilityBoundingSet, CAPABILITIES, false);
        forms.push(Change::Settings(vec![change.clone(), bounds]));
    }
    forms
}

/// The same changes with what is shown writable shown read-only: all of it, unless that was tried, or one path of several.
fn read_only(changes: &[Candidate], is_tried: bool) -> Vec<Vec<Candidate>> {
    let shown = |candidate: &Candidate| match &candidate.change {
        Change::Add(Setting::BindPaths, values) => {
            let change = Change::Add(Setting::BindReadOnlyPaths, values.clone());
            Some(Candidate::of(change, candidate.why.as_str()))
        }
        _ => None,
    };
    let writable = changes.iter().filter(|one| shown(one).is_some()).count();
    let all = changes
        .iter()
        .map(|one| shown(one).unwrap_or_else(|| one.clone()));
    let one_of = (0..changes.len()).filter_map(|at| {
        let mut list = changes.to_vec();
        list[at] = shown(&changes[at])?;
        Some(list)
    });
    let all = (writable > 0 && !is_tried).then(|| all.collect());
    let one_of = (writable > 1).then_some(one_of).into_iter().flatten();
    all.into_iter().chain(one_of).collect()
}

/// The same changes with the first that has narrower forms in each of them.
fn lists(changes: &[Candidate], service: &Service, systemd: u32) -> Vec<Vec<Candidate>> {
    let forms = changes.iter().enumerate().find_map(|(at, candidate)| {
        let forms = narrower(&candidate.change, service, systemd);
        (!forms.is_empty()).then_some((at, forms))
    });
    let (at, forms) = forms.unwrap_or_default();
    let list = |form| {
        let mut list = changes.to_vec();
        list[at] = Candidate::of(form, changes[at].why.as_str());
        list
    };
    forms.into_iter().map(list).collect()
}

impl Search<'_> {
    /// Replaces wide changes by the narrowest form with which the services behave as they should.
    pub fn lessen(&self, cases: &mut BTreeMap<&UnitName, Case>) -> Result<()> {
        self.lessen_to(cases, |_, changes, case| {
            lists(changes, case.original, self.systemd)
        })?;
        let mut lessened = self.lessen_to(cases, |_, changes, _| read_only(changes, false))?;
        while !lessened.is_empty() {
            lessened = self.lessen_to(cases, |name, changes, _| {
                if lessened.contains(name) {
                    read_only(changes, true)
                } else {
                    Vec::new()
                }
            })?;
        }
        Ok(())
    }

    /// Replaces changes by the first of these lists with which the services behave as they should. Returns those of which some were.
    fn lessen_to<'n>(
        &self,
        cases: &mut BTreeMap<&'n UnitName, Case>,
        lists: impl Fn(&UnitName, &[Candidate], &Case) -> Vec<Vec<Candidate>>,
    ) -> Result<BTreeSet<&'n UnitName>> {
        let lists: BTreeMap<&'n UnitName, Vec<Vec<Candidate>>> = cases
            .iter()
            .filter_map(|(name, case)| {
                let lists = lists(name, case.found.changes.as_ref()?, case);
                (!lists.is_empty()).then_some((*name, lists))
            })
            .collect();
        let count = lists.values().map(Vec::len).max().unwrap_or_default();
        let attempts: Vec<BTreeMap<&UnitName, Service>> = (0..count)
            .map(|index| {
                let nth = lists.iter().filter_map(|(name, lists)| {
                    let case = cases.get(name)?;
                    Some((*name, case.changed(lists.get(index)?)))
                });
                nth.collect()
            })
            .collect();
        let told = "trying narrower forms of changes";
        let trials = side_by_side(&attempts, |services| self.attempt(services, told))?;
        let mut lessened = BTreeSet::new();
        for (name, lists) in lists {
            let Some(case) = cases.get_mut(name) else {
                continue;
            };
            let mut met = lists.into_iter().zip(&trials).filter(|(_, trials)| {
                let trial = trials.get(name);
                trial.is_some_and(|trial| case.is_met_by(trial))
            });
            if let Some((list, _)) = met.next() {
                drop(met);
                let before = case.found.changes.replace(list);
                case.wider = case.wider.take().or(before);
                lessened.insert(name);
            }
        }
        Ok(lessened)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearse::unit::tests::service;

    #[test]
    fn users_of_the_host_have_narrower_forms() -> Result<()> {
        let off = Change::Set {
            name: Setting::PrivateUsers,
            value: Value::Switch(false),
            is_forced: true,
        };
        let gives_up = |systemd, settings| -> Result<Vec<_>> {
            let forms = narrower(&off, &service(settings)?, systemd);
            Ok(forms
                .into_iter()
                .map(|form| Candidate::of(form, "").gives_up)
                .collect())
        };
        let users = Some("the service shares the users of the host, but none of its capabilities");
        let some = Some("the service shares the users of the host, and some of its capabilities");
        assert_eq!(gives_up(252, "{}")?, [some]);
        assert_eq!(gives_up(257, "{}")?, [users, some]);
        assert_eq!(gives_up(262, "{}")?, [users, users, some]);
        let bounded = r#"{"CapabilityBoundingSet":["CAP_SETUID"]}"#;
        assert_eq!(gives_up(252, bounded)?, []);
        let other = Change::Presets(vec!["users"]);
        assert_eq!(narrower(&other, &service("{}")?, 262), []);
        Ok(())
    }

    #[test]
    fn what_is_only_read_need_not_be_writable() {
        let shown =
            |setting, path: &str| Candidate::of(Change::Add(setting, vec![path.into()]), "");
        let (write, read) = (Setting::BindPaths, Setting::BindReadOnlyPaths);
        let users = Candidate::of(Change::Presets(vec!["users"]), "");
        assert_eq!(
            read_only(&[shown(read, "/a"), users.clone()], false),
            [] as [Vec<Candidate>; 0]
        );
        assert_eq!(
            read_only(&[shown(write, "/a"), users.clone()], false),
            [[shown(read, "/a"), users]]
        );
        let two = [shown(write, "/a"), shown(write, "/b")];
        assert_eq!(
            read_only(&two, false),
            [
                [shown(read, "/a"), shown(read, "/b")],
                [shown(read, "/a"), shown(write, "/b")],
                [shown(write, "/a"), shown(read, "/b")],
            ]
        );
        // Once all together were tried, only one of several can be new.
        assert_eq!(read_only(&two, true).len(), 2);
        assert_eq!(read_only(&two[..1], true), [] as [Vec<Candidate>; 0]);
    }
}
