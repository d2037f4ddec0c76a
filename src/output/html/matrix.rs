//! What closures have in common.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::escape;
use crate::bundle::Bundle;
use crate::store::{Graph, bytes};

/// How many closures are compared: a matrix that is larger can't be read.
const MAX_CLOSURES: usize = 40;

/// A matrix: how much of the row's closure the column's service sees too.
pub fn section(bundle: &Bundle, graph: &Graph) -> String {
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
    let mut text = String::from(
        "<section id=\"shared\">\n<h2>What is shared</h2>\n<p>How much of what a row sees, by size, the column sees too, in per cent.",
    );
    if all > closures.len() {
        let _ = write!(text, " The {MAX_CLOSURES} largest of {all} closures.");
    }
    text.push_str("</p>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"What is shared\">\n<table class=\"matrix\">\n<thead><tr><td></td>");
    for (_, names) in &closures {
        let _ = write!(text, "<th scope=\"col\"><span>{}</span></th>", label(names));
    }
    text.push_str("</tr></thead>\n<tbody>\n");
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
        let _ = write!(text, "<tr><th scope=\"row\">{}</th>", label(names));
        for column in 0..closures.len() {
            if row == column {
                text.push_str("<td class=\"self\"></td>");
                continue;
            }
            let common: u64 = (0..)
                .zip(seen[row].iter().zip(&seen[column]))
                .filter(|(_, (row, column))| **row && **column)
                .map(|(node, _)| graph.info(node).nar_size)
                .sum();
            let percent = common.saturating_mul(100).checked_div(whole).unwrap_or(0);
            let _ = write!(
                text,
                "<td style=\"--share:{percent}%\" title=\"{}\">{percent}</td>",
                bytes(common)
            );
        }
        text.push_str("</tr>\n");
    }
    text.push_str("</tbody>\n</table>\n</div>\n</section>\n");
    text
}

/// The services that have a closure.
fn label(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [name] => escape(name),
        [name, more @ ..] => format!(
            "<span title=\"{}\">{} +{}</span>",
            escape(&names.join(", ")),
            escape(name),
            more.len()
        ),
    }
}
