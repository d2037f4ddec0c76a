//! What is the same for several services, or for services of several hosts, as one entry.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::service::{HostName, HostService};
use crate::text::count;

/// Names in a list; there are more behind them.
const MAX_NAMES: usize = 8;

/// Routes of one entry that are shown.
const MAX_ROUTES: usize = 3;

/// Groups what has the same key, in the order of the first of each.
pub fn folded<T>(items: impl IntoIterator<Item = T>, key: impl Fn(&T) -> String) -> Vec<Vec<T>> {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut groups: Vec<Vec<T>> = Vec::new();
    for item in items {
        let place = *places.entry(key(&item)).or_insert(groups.len());
        if place == groups.len() {
            groups.push(Vec::new());
        }
        groups[place].push(item);
    }
    groups
}

/// Names the services: one by its full name, the same one of several hosts with their number. `is_unfolded`: all of them.
pub fn label<'a>(services: impl IntoIterator<Item = &'a HostService>, is_unfolded: bool) -> String {
    let services: BTreeSet<_> = services.into_iter().collect();
    let mut all = services.iter();
    if let (Some(only), None) = (all.next(), all.next()) {
        return only.to_string();
    }
    if is_unfolded {
        return listed(services.iter().map(ToString::to_string), usize::MAX);
    }
    let hosts: BTreeSet<_> = services
        .iter()
        .filter_map(|service| service.host.as_ref())
        .collect();
    let units: BTreeSet<_> = services.iter().map(|service| &service.unit).collect();
    let names = listed(units.iter().map(ToString::to_string), MAX_NAMES);
    match (hosts.len(), units.len()) {
        (0, _) => names,
        (_, 1) => format!("{names} on {}", of_hosts(&hosts)),
        (_, number) => format!(
            "{} on {}: {names}",
            count(number, "service"),
            of_hosts(&hosts)
        ),
    }
}

fn of_hosts(hosts: &BTreeSet<&HostName>) -> String {
    let names = hosts.iter().map(ToString::to_string);
    match hosts.len() {
        1 => names.collect(),
        ..=MAX_NAMES => format!(
            "{} ({})",
            count(hosts.len(), "host"),
            listed(names, MAX_NAMES)
        ),
        number => count(number, "host"),
    }
}

pub fn listed(names: impl ExactSizeIterator<Item = String>, most: usize) -> String {
    let more = names.len().saturating_sub(most);
    let mut text = names.take(most).collect::<Vec<_>>().join(", ");
    if more > 0 {
        let _ = write!(text, " and {more} more");
    }
    text
}

/// The most common routes, each with the number of services.
pub fn counted(all: impl Iterator<Item = String>) -> Vec<String> {
    let mut routes: BTreeMap<String, usize> = BTreeMap::new();
    for route in all {
        *routes.entry(route).or_default() += 1;
    }
    let is_only = routes.len() == 1;
    let mut routes: Vec<_> = routes.into_iter().collect();
    routes.sort_by_key(|(_, number)| Reverse(*number));
    let more = routes.len().saturating_sub(MAX_ROUTES);
    let shown = routes.into_iter().take(MAX_ROUTES).map(|(route, number)| {
        if is_only {
            format!("via {route}")
        } else {
            format!("via {route} ({})", count(number, "service"))
        }
    });
    let more = (more > 0).then(|| format!("and {}", count(more, "more way")));
    shown.chain(more).collect()
}

#[cfg(test)]
mod tests {
    use anyhow::Result;

    use super::*;
    use crate::service::UnitName;

    #[test]
    fn the_most_common_routes_are_shown() {
        let routes = |all: &str| counted(all.split(' ').map(str::to_owned));
        assert_eq!(routes("a a"), ["via a"]);
        let common = [
            "via d (2 services)",
            "via a (1 service)",
            "via b (1 service)",
        ];
        assert_eq!(routes("a b c d d")[..3], common);
        assert_eq!(routes("a b c d d")[3..], ["and 1 more way"]);
        assert_eq!(routes("a b c d d e")[3..], ["and 2 more ways"]);
    }

    #[test]
    fn services_are_named_or_counted() -> Result<()> {
        let service = |host: &str, unit: &str| {
            Ok::<_, anyhow::Error>(HostService {
                host: Some(HostName::parse(host)?),
                unit: UnitName::parse(unit)?,
            })
        };
        let one = service("a", "web.service")?;
        assert_eq!(label([&one], false), "a:web.service");
        let other = service("b", "web.service")?;
        assert_eq!(
            label([&one, &other], false),
            "web.service on 2 hosts (a, b)"
        );
        let third = service("b", "db.service")?;
        let all = [&one, &other, &third];
        assert_eq!(
            label(all, false),
            "2 services on 2 hosts (a, b): db.service, web.service"
        );
        assert_eq!(
            label(all, true),
            "a:web.service, b:db.service, b:web.service"
        );
        let many = (0..20).map(|host| service(&format!("h{host}"), "web.service"));
        let many = many.collect::<Result<Vec<_>>>()?;
        assert_eq!(label(&many, false), "web.service on 20 hosts");
        Ok(())
    }
}
