//! The tables of hosts and of services.

use std::collections::BTreeMap;

use super::FleetPage;
use crate::code::Level;
use crate::output::folded::FoldedCause;
use crate::service::{HostService, UnitName};
use crate::text::bytes;
use crate::text::{Html, Text, text};

/// How many denied findings and warnings there are of each key.
fn counts<K: Ord>(
    causes: &[FoldedCause],
    key: impl Fn(&HostService) -> Option<K>,
) -> BTreeMap<K, (usize, usize)> {
    let mut counts: BTreeMap<K, (usize, usize)> = BTreeMap::new();
    for cause in causes {
        for key in cause.services().filter_map(|(service, _)| key(service?)) {
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

fn number(value: usize, class: &str) -> Text<Html> {
    if class.is_empty() || value == 0 {
        return text!("<td class=\"number\">{}</td>", value);
    }
    text!(
        "<td class=\"number\"><span class=\"{}\">{}</span></td>",
        class,
        value
    )
}

fn size(value: u64) -> Text<Html> {
    text!(
        "<td class=\"number\" data-sort=\"{}\">{}</td>",
        value,
        bytes(value)
    )
}

/// Every host, with what its services see together.
pub fn hosts(page: &FleetPage, causes: &[FoldedCause]) -> Text<Html> {
    let counts = counts(causes, |service| service.host.clone());
    let mut text = Text::own(
        "<section id=\"hosts\">\n<h2>Hosts</h2>\n\
         <div class=\"tools\" hidden><label>Filter <input type=\"search\" data-filter=\"hosts-table\"></label></div>\n\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Hosts\">\n<table id=\"hosts-table\" class=\"sortable\">\n\
         <thead><tr><th scope=\"col\">Host</th><th scope=\"col\" class=\"number\">Services</th><th scope=\"col\" class=\"number\">Not confined</th>\
         <th scope=\"col\" class=\"number\">Paths</th><th scope=\"col\" class=\"number\">Size</th>\
         <th scope=\"col\" class=\"number\">Denied</th><th scope=\"col\" class=\"number\">Warnings</th></tr></thead>\n<tbody>\n",
    );
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
    text.push(Text::own("</tbody>\n</table>\n</div>\n</section>\n"));
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
        "<section id=\"services\">\n<h2>Services</h2>\n<p>Paths and size are those of the host on which the service sees most.</p>\n\
         <div class=\"tools\" hidden><label>Filter <input type=\"search\" data-filter=\"services-table\"></label></div>\n\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Services\">\n<table id=\"services-table\" class=\"sortable\">\n\
         <thead><tr><th scope=\"col\">Service</th><th scope=\"col\" class=\"number\">Hosts</th>\
         <th scope=\"col\" class=\"number\">Paths</th><th scope=\"col\" class=\"number\">Size</th>\
         <th scope=\"col\" class=\"number\">Denied</th><th scope=\"col\" class=\"number\">Warnings</th></tr></thead>\n<tbody>\n",
    );
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
    text.push(Text::own("</tbody>\n</table>\n</div>\n</section>\n"));
    text
}
