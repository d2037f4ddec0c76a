//! Services that must not be tried at the same time: those that start one another, and those that share a directory.

use std::collections::BTreeMap;

use super::instances::Instances;
use crate::service::{Service, TriggerName, UnitName};
use crate::systemd::ExecDirectories;

/// Settings that start or stop other units.
const RELATIONS: [&str; 12] = [
    "Requires",
    "Requisite",
    "Wants",
    "BindsTo",
    "PartOf",
    "Upholds",
    "Conflicts",
    "OnFailure",
    "OnSuccess",
    "PropagatesStopTo",
    "JoinsNamespaceOf",
    "Sockets",
];

/// Parts the services into groups, each to be tried one after the other in the order of their names.
pub fn groups<'s>(
    services: &BTreeMap<&'s UnitName, &Service>,
    instances: &Instances,
) -> Vec<Vec<&'s UnitName>> {
    let names: Vec<&UnitName> = services.keys().copied().collect();
    let mut leader: Vec<usize> = (0..names.len()).collect();
    let mut owners: BTreeMap<String, usize> = BTreeMap::new();
    for (index, service) in services.values().enumerate() {
        let units = instances.units(names[index]);
        for mark in marks(units, service) {
            match owners.get(&mark) {
                Some(&other) => {
                    let (a, b) = (find(&leader, index), find(&leader, other));
                    leader[a.max(b)] = a.min(b);
                }
                None => {
                    owners.insert(mark, index);
                }
            }
        }
    }
    let mut groups: BTreeMap<usize, Vec<&UnitName>> = BTreeMap::new();
    for (index, name) in names.into_iter().enumerate() {
        groups.entry(find(&leader, index)).or_default().push(name);
    }
    groups.into_values().collect()
}

fn find(leader: &[usize], mut index: usize) -> usize {
    while leader[index] != index {
        index = leader[index];
    }
    index
}

/// What a service uses alone: its own units, those that start it, those it is related to, and its directories.
fn marks(units: &[UnitName], service: &Service) -> Vec<String> {
    let mut marks: Vec<String> = units.iter().map(ToString::to_string).collect();
    marks.extend(service.triggered_by.keys().map(ToString::to_string));
    for relation in RELATIONS {
        let units = service.settings.list(relation).iter();
        let units = units.flat_map(|value| value.split_whitespace());
        let starts =
            |unit: &&str| UnitName::parse(unit).is_ok() || TriggerName::parse(unit).is_ok();
        marks.extend(units.filter(starts).map(str::to_owned));
    }
    for kind in ExecDirectories::ALL {
        for directory in kind.of(&service.settings) {
            // Those within one of another service are shared too.
            let below = directory.path.strip_prefix(kind.parent());
            let top = below.unwrap_or_default().split('/').nth(1);
            marks.extend(top.map(|top| format!("{}/{top}", kind.parent())));
        }
    }
    marks
}

#[cfg(test)]
mod tests {
    use anyhow::Result;

    use super::*;
    use crate::service::Services;

    #[test]
    fn services_that_touch_each_other_are_one_group() -> Result<()> {
        let service = |name: &str, settings: &str| {
            let triggers = if name == "f" {
                r#"{"f.socket":{}}"#
            } else {
                "{}"
            };
            format!(
                r#"{{"triggeredBy":{triggers},"exec":{{"ExecStart":[{{"text":"/bin/x"}}]}},"settings":{settings},"unitPackages":[],
                "confinement":{{"mode":"full-apivfs","packages":[],"binSh":null,"fullUnit":null}}}}"#
            )
        };
        let services = [
            ("a", r#"{"Requires":["d.service x.target"]}"#),
            ("b", r#"{"StateDirectory":["shared/b"]}"#),
            (
                "c",
                r#"{"After":["a.service"],"CacheDirectory":["shared"]}"#,
            ),
            ("d", "{}"),
            ("e", r#"{"StateDirectory":["own shared:link"]}"#),
            ("f", "{}"),
            ("g", r#"{"Sockets":["f.socket"]}"#),
        ];
        let services = services
            .map(|(name, settings)| format!(r#""{name}.service":{}"#, service(name, settings)));
        let text = format!(
            r#"{{"version":2,"storeDir":"/nix/store","services":{{{}}}}}"#,
            services.join(",")
        );
        let services = Services::read(text.as_bytes())?;
        let found = groups(&services.services.iter().collect(), &Instances::default());
        let found: Vec<Vec<&str>> = found
            .iter()
            .map(|group| group.iter().map(|name| name.stem()).collect())
            .collect();
        // A cache is no state, and an order alone starts nothing.
        assert_eq!(
            found,
            [vec!["a", "d"], vec!["b", "e"], vec!["c"], vec!["f", "g"]]
        );
        Ok(())
    }
}
