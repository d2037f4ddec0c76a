//! The table of services.

use std::collections::BTreeMap;

use super::parts::{Column, TABLE_END, table};
use super::{Page, anchor};
use crate::bundle::Bundle;
use crate::code::Level;
use crate::output::cause::Cause;
use crate::output::share::Shares;
use crate::service::UnitName;
use crate::text::bytes;
use crate::text::{Html, Text, text};

/// Every service, with its closure and its number of findings.
pub fn section(page: &Page, shares: &Shares) -> Text<Html> {
    let &Page {
        bundle,
        audited,
        surfaces,
        ..
    } = page;
    let mut counts: BTreeMap<&UnitName, (usize, usize)> = BTreeMap::new();
    for cause in Cause::all(audited.report) {
        if let Some(service) = &cause.first().service {
            let (denied, warnings) = counts.entry(&service.unit).or_default();
            *(if cause.level() == Level::Deny {
                denied
            } else {
                warnings
            }) += 1;
        }
    }
    let mut text = Text::own("<section id=\"services\">\n<h2>Services</h2>\n");
    let columns = [
        ("Service", false),
        ("Denied", true),
        ("Warnings", true),
        ("Paths", true),
        ("Size", true),
        ("Own", true),
        ("Shared", true),
        ("Mounts", true),
        ("Executables", true),
        ("Interpreters", true),
        ("Mode", false),
        ("Strategy", false),
    ];
    let is_known = |(heading, _): &Column| {
        surfaces.is_some() || !matches!(*heading, "Executables" | "Interpreters")
    };
    let columns: Vec<_> = columns.into_iter().filter(is_known).collect();
    text.push(table("services", "Services", &columns));
    let sizes = bundle.closures.values().map(|closure| closure.nar_size);
    let largest = sizes.max().unwrap_or_default().max(1);
    for (name, service) in &bundle.services {
        let closure = &bundle.closures[&service.closure];
        let own = shares.own_size(service);
        let (denied, warnings) = counts.get(name).copied().unwrap_or_default();
        text.push(text!(
            "<tr><th scope=\"row\"><a href=\"#{}\">{}</a></th>",
            anchor(name.as_str()),
            name.stem()
        ));
        let number = |text: &mut Text<Html>, value: u64, shown: String, class: &str| {
            text.push(text!(
                "<td class=\"number\" data-sort=\"{}\">{}</td>",
                value,
                if class.is_empty() || value == 0 {
                    text!("{}", shown)
                } else {
                    text!("<span class=\"{}\">{}</span>", class, shown)
                }
            ));
        };
        let plain = |text: &mut Text<Html>, value: usize, class: &str| {
            number(text, value as u64, value.to_string(), class);
        };
        plain(&mut text, denied, "deny");
        plain(&mut text, warnings, "warn");
        plain(&mut text, closure.paths.len(), "");
        text.push(text!(
            "<td class=\"number bar\" style=\"--share:{}%\" data-sort=\"{}\">{}</td>",
            closure.nar_size * 100 / largest,
            closure.nar_size,
            bytes(closure.nar_size)
        ));
        for size in [own, closure.nar_size - own] {
            number(&mut text, size, bytes(size), "");
        }
        plain(&mut text, service.mounts, "");
        if let Some(surfaces) = surfaces {
            let surface = surfaces.of(bundle, service);
            for count in [
                surface.map(|surface| surface.executables),
                surface.map(|surface| surface.interpreters),
            ] {
                let shown = count.map_or("?".to_owned(), |count| count.to_string());
                number(&mut text, count.unwrap_or_default(), shown, "");
            }
        }
        text.push(text!(
            "<td class=\"word\">{}</td><td>{}</td>",
            service.mode.name(),
            service.strategy.name()
        ));
        text.push(Text::own("</tr>\n"));
    }
    text.push(Text::own(TABLE_END));
    text.push(Text::own("</section>\n"));
    text
}

/// The services that are not confined, with the reasons; nothing if there are none.
pub fn unconfined(bundle: &Bundle) -> Text<Html> {
    if bundle.unconfined.is_empty() {
        return Text::new();
    }
    let mut text = Text::own(
        "<section id=\"unconfined\">\n<h2>Not confined</h2>\n\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Not confined\">\n<table class=\"sortable\">\n\
         <thead><tr><th scope=\"col\">Service</th><th scope=\"col\">Left out by</th><th scope=\"col\">Reason</th></tr></thead>\n<tbody>\n",
    );
    for (name, service) in &bundle.unconfined {
        text.push(text!(
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>\n",
            name.stem(),
            service.by.name(),
            Text::prose(&service.reason)
        ));
    }
    text.push(Text::own("</tbody>\n</table>\n</div>\n</section>\n"));
    text
}
