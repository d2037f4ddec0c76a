//! The findings, those that say the same of several services in one row.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::anchor;
use crate::code::Level;
use crate::output::audit::{Audited, paste};
use crate::output::cause::Cause;
use crate::output::remedy::remedies;
use crate::text::{Html, Text, text};

/// More services are folded away.
const MAX_SHOWN: usize = 3;

/// A table of findings, denied ones first, and those of many services before those of few. The remedies are folded away, except in the
/// first row.
pub fn section(audited: &Audited) -> Text<Html> {
    let mut text = Text::own("<section id=\"findings\">\n<h2>Findings</h2>\n");
    let rows = rows(Cause::all(audited.report));
    if rows.is_empty() {
        text.push(Text::own("<p>No findings.</p>\n</section>\n"));
        return text;
    }
    text.push(Text::own(
        "<div class=\"tools\" hidden><label>Filter <input type=\"search\" data-filter=\"findings-table\"></label></div>\n\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Findings\">\n<table id=\"findings-table\" class=\"sortable\">\n\
         <thead><tr><th scope=\"col\">Level</th><th scope=\"col\">Code</th><th scope=\"col\">What</th><th scope=\"col\" class=\"number\">Services</th></tr></thead>\n<tbody>\n",
    ));
    for (index, causes) in rows.iter().enumerate() {
        text.push(row(causes, index == 0));
    }
    text.push(Text::own("</tbody>\n</table>\n</div>\n</section>\n"));
    text
}

/// Joins the causes that have the same code and headline.
fn rows(causes: Vec<Cause<'_>>) -> Vec<Vec<Cause<'_>>> {
    let mut places = BTreeMap::new();
    let mut rows: Vec<Vec<Cause>> = Vec::new();
    for cause in causes {
        let place = cause.place().map(ToString::to_string);
        let key = (cause.level(), cause.first().code, cause.headline(), place);
        let row = *places.entry(key).or_insert(rows.len());
        if row == rows.len() {
            rows.push(Vec::new());
        }
        rows[row].push(cause);
    }
    rows.sort_by_key(|row| (Reverse(row[0].level()), Reverse(row.len())));
    rows
}

fn row(causes: &[Cause], is_open: bool) -> Text<Html> {
    let cause = &causes[0];
    let finding = cause.first();
    let (class, level) = if cause.level() == Level::Deny {
        ("deny", "denied")
    } else {
        ("warn", "warning")
    };
    let mut text = text!(
        "<tr><td><span class=\"{}\">{}</span></td><td><code>{}</code></td><td>{}",
        class,
        level,
        finding.code,
        cause.headline()
    );
    if let Some(place) = cause.place() {
        text.push(text!(" <code class=\"place\">{}</code>", place));
    }
    text.push(services(causes));
    if !finding.remedies.is_empty() {
        let open = Text::own(if is_open { " open" } else { "" });
        text.push(text!("<details{}><summary>How to fix it</summary>", open));
        for remedy in remedies(finding) {
            text.push(text!(
                "<p>{}:</p><pre>{}</pre>",
                remedy.what,
                Text::html_lines(&paste(&remedy))
            ));
        }
        if causes.len() > 1 {
            text.push(Text::own("<p>For the other services likewise.</p>"));
        }
        text.push(Text::own("</details>"));
    }
    let number = causes
        .iter()
        .filter(|cause| cause.first().service.is_some())
        .count();
    text.push(text!(
        "</td><td class=\"number\" data-sort=\"{}\">{}</td></tr>\n",
        number,
        number
    ));
    text
}

/// The services with what each finding says of them.
fn services(causes: &[Cause]) -> Text<Html> {
    let mut list = Text::own("<ul class=\"services\">");
    for cause in causes {
        list.push(match &cause.first().service {
            Some(name) => text!(
                "<li><a href=\"#{}\">{}</a>",
                anchor(name.unit.as_str()),
                name.stem()
            ),
            None => Text::own("<li><i>policy</i>"),
        });
        for line in cause.messages().into_iter().chain(cause.route()) {
            list.push(text!(" <span class=\"chain\">{}</span>", line));
        }
        list.push(Text::own("</li>"));
    }
    list.push(Text::own("</ul>"));
    if causes.len() <= MAX_SHOWN {
        return list;
    }
    text!(
        "<details><summary>{} services</summary>{}</details>",
        causes.len(),
        list
    )
}
