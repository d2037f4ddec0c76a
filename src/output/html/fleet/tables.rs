//! The tables of hosts and of services.

use std::collections::BTreeMap;

use super::super::parts::{TABLE_END, number, size, table};
use super::FleetPage;
use crate::code::Level;
use crate::output::folded_cause::FoldedCause;
use crate::service::{HostService, UnitName};
use crate::text::{Html, Text, text};

/// How many denied findings and warnings there are of each key.
fn counts<K: Ord>(
    causes: &[FoldedCause],
    key: impl Fn(&HostService) -> Option<K>,
) -> BTreeMap<K, (usize, usize)> {
    let mut counts: BTreeMap<K, (usize, usize)> = BTreeMap::new();
    for cause in causes {
        for key in cause.named().filter_map(&key) {
            let (denied, warnings) = counts.entry(key).or_default();
            *(if cause.level() == Level::Deny {
                denied
            } else {
                warnings
            }) += 1;
        }
    }
    counts
}

/// Every host, with what its services see together.
pub fn hosts(page: &FleetPage, causes: &[FoldedCause]) -> Text<Html> {
    let counts = counts(causes, |service| service.host.clone());
    let mut text = Text::own("<section id=\"hosts\">\n<h2>Hosts</h2>\n");
    let columns = [
        ("Host", false),
        ("Services", true),
        ("Not confined", true),
        ("Paths", true),
        ("Size", true),
        ("Denied", true),
        ("Warnings", true),
    ];
    text.push(table("hosts", "Hosts", &columns));
    for (host, bundle) in &page.hosts {
        let (denied, warnings) = counts.get(*host).copied().unwrap_or_default();
        text.push(text!(
            "<tr><th scope=\"row\">{}</th>{}{}{}{}{}{}</tr>\n",
            host.as_str(),
            number(bundle.services.len(), ""),
            number(bundle.unconfined.len(), ""),
            number(bundle.paths.len(), ""),
            size(bundle.paths.values().map(|path| path.nar_size).sum()),
            number(denied, "deny"),
            number(warnings, "warn")
        ));
    }
    text.push(Text::own(TABLE_END));
    text.push(Text::own("</section>\n"));
    text
}

/// Every service, with the largest of its closures.
pub fn services(page: &FleetPage, causes: &[FoldedCause]) -> Text<Html> {
    let counts = counts(causes, |service| Some(service.unit.clone()));
    let mut services: BTreeMap<&UnitName, (usize, usize, u64)> = BTreeMap::new();
    for (_, bundle) in &page.hosts {
        for (name, service) in &bundle.services {
            let closure = &bundle.closures[&service.closure];
            let (hosts, paths, size) = services.entry(name).or_default();
            *hosts += 1;
            *paths = closure.paths.len().max(*paths);
            *size = closure.nar_size.max(*size);
        }
    }
    let mut text = Text::own(
        "<section id=\"services\">\n<h2>Services</h2>\n<p>Paths and size are those of the host on which the service sees most.</p>\n",
    );
    let columns = [
        ("Service", false),
        ("Hosts", true),
        ("Paths", true),
        ("Size", true),
        ("Denied", true),
        ("Warnings", true),
    ];
    text.push(table("services", "Services", &columns));
    for (name, (hosts, paths, largest)) in services {
        let (denied, warnings) = counts.get(name).copied().unwrap_or_default();
        text.push(text!(
            "<tr><th scope=\"row\">{}</th>{}{}{}{}{}</tr>\n",
            name.stem(),
            number(hosts, ""),
            number(paths, ""),
            size(largest),
            number(denied, "deny"),
            number(warnings, "warn")
        ));
    }
    text.push(Text::own(TABLE_END));
    text.push(Text::own("</section>\n"));
    text
}
