//! Paths that closures share.

use std::collections::BTreeMap;

use crate::bundle::Bundle;
use crate::store::Graph;
use crate::text::bytes;
use crate::text::{Html, Text, text};

/// The maximum number of closures: a larger matrix is unreadable.
const MAX_CLOSURES: usize = 40;

/// A matrix: the share of the row's closure that the column's service also sees.
pub fn section(bundle: &Bundle, graph: &Graph) -> Text<Html> {
    let mut services: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, service) in &bundle.services {
        services
            .entry(&service.closure)
            .or_default()
            .push(name.stem());
    }
    let mut closures: Vec<_> = services.into_iter().collect();
    let all = closures.len();
    closures
        .sort_by_key(|(id, names)| (std::cmp::Reverse(bundle.closures[*id].nar_size), names[0]));
    closures.truncate(MAX_CLOSURES);
    let mut text = Text::own(
        "<section id=\"shared\">\n<h2>Shared paths</h2>\n<p>The share of the row's closure, by size in %, that the column also sees.",
    );
    if all > closures.len() {
        text.push(text!(" The {} largest of {} closures.", MAX_CLOSURES, all));
    }
    text.push(Text::own("</p>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Shared paths\">\n<table class=\"matrix\">\n<thead><tr><td></td>"));
    for (_, names) in &closures {
        text.push(text!(
            "<th scope=\"col\"><span>{}</span></th>",
            label(names)
        ));
    }
    text.push(Text::own("</tr></thead>\n<tbody>\n"));
    let seen: Vec<Vec<bool>> = closures
        .iter()
        .map(|(id, _)| {
            let mut seen = vec![false; graph.len()];
            for node in bundle.closures[*id]
                .paths
                .iter()
                .filter_map(|path| graph.find(path))
            {
                seen[node as usize] = true;
            }
            seen
        })
        .collect();
    for (row, (id, names)) in closures.iter().enumerate() {
        let whole = bundle.closures[*id].nar_size;
        text.push(text!("<tr><th scope=\"row\">{}</th>", label(names)));
        for column in 0..closures.len() {
            if row == column {
                text.push(Text::own("<td class=\"self\"></td>"));
                continue;
            }
            let common: u64 = (0..)
                .zip(seen[row].iter().zip(&seen[column]))
                .filter(|(_, (row, column))| **row && **column)
                .map(|(node, _)| graph.info(node).nar_size)
                .sum();
            let percent = common.saturating_mul(100).checked_div(whole).unwrap_or(0);
            text.push(text!(
                "<td style=\"--share:{}%\" title=\"{}\">{}</td>",
                percent,
                bytes(common),
                percent
            ));
        }
        text.push(Text::own("</tr>\n"));
    }
    text.push(Text::own("</tbody>\n</table>\n</div>\n</section>\n"));
    text
}

/// The services that have a closure.
fn label(names: &[&str]) -> Text<Html> {
    match names {
        [] => Text::new(),
        [name] => text!("{}", *name),
        [name, more @ ..] => text!(
            "<span title=\"{}\">{} +{}</span>",
            names.join(", "),
            *name,
            more.len()
        ),
    }
}
