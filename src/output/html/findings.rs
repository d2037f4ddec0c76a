//! The findings, those that say the same of several services in one row.

use std::cmp::Reverse;

use super::anchor;
use crate::code::Level;
use crate::output::audit::{Audited, paste};
use crate::output::folded::FoldedCause;
use crate::text::{Html, Text, count, text};

/// More services are folded away.
const MAX_SHOWN: usize = 3;

/// A table of findings, the denied ones first. The remedies are folded away, except in the first row.
pub fn section(audited: &Audited) -> Text<Html> {
    let mut text = Text::own("<section id=\"findings\">\n<h2>Findings</h2>\n");
    let mut rows = FoldedCause::all(audited.report);
    rows.sort_by_key(|row| Reverse(row.level()));
    if rows.is_empty() {
        text.push(Text::own("<p>No findings.</p>\n</section>\n"));
        return text;
    }
    text.push(Text::own(
        "<div class=\"tools\" hidden><label>Filter <input type=\"search\" data-filter=\"findings-table\"></label></div>\n\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Findings\">\n<table id=\"findings-table\" class=\"sortable\">\n\
         <thead><tr><th scope=\"col\">Level</th><th scope=\"col\">Code</th><th scope=\"col\">What</th><th scope=\"col\" class=\"number\">Services</th></tr></thead>\n<tbody>\n",
    ));
    for (index, folded) in rows.iter().enumerate() {
        text.push(row(folded, index == 0));
    }
    text.push(Text::own("</tbody>\n</table>\n</div>\n</section>\n"));
    text
}

fn row(folded: &FoldedCause, is_open: bool) -> Text<Html> {
    let cause = folded.cause();
    let (class, level) = if folded.level() == Level::Deny {
        ("deny", "denied")
    } else {
        ("warn", "warning")
    };
    let mut text = text!(
        "<tr><td><span class=\"{}\">{}</span></td><td><code>{}</code></td><td>{}",
        class,
        level,
        folded.first().code,
        cause.headline()
    );
    if let Some(place) = cause.place() {
        text.push(text!(" <code class=\"place\">{}</code>", place));
    }
    for message in cause.messages() {
        text.push(text!("<div class=\"chain\">{}</div>", message));
    }
    text.push(services(folded));
    let (remedies, more) = folded.remedies();
    if !remedies.is_empty() {
        let open = Text::own(if is_open { " open" } else { "" });
        text.push(text!("<details{}><summary>How to fix it</summary>", open));
        for remedy in remedies {
            text.push(text!(
                "<p>{}:</p><pre>{}</pre>",
                remedy.what,
                Text::html_lines(&paste(&remedy))
            ));
        }
        if more > 0 {
            text.push(text!(
                "<p>The same for {}.</p>",
                count(more, "more service")
            ));
        }
        text.push(Text::own("</details>"));
    }
    let number = folded.services().filter(|(service, _)| service.is_some());
    text.push(text!(
        "</td><td class=\"number\">{}</td></tr>\n",
        number.count()
    ));
    text
}

/// The services, each with how the store path gets into its closure.
fn services(folded: &FoldedCause) -> Text<Html> {
    let mut list = Text::own("<ul class=\"services\">");
    for (service, route) in folded.services() {
        list.push(match service {
            Some(name) => text!(
                "<li><a href=\"#{}\">{}</a>",
                anchor(name.unit.as_str()),
                name.stem()
            ),
            None => Text::own("<li><i>policy</i>"),
        });
        if let Some(route) = route {
            list.push(text!(" <span class=\"chain\">{}</span>", route));
        }
        list.push(Text::own("</li>"));
    }
    list.push(Text::own("</ul>"));
    match folded.services().count() {
        ..=MAX_SHOWN => list,
        number => text!(
            "<details><summary>{}</summary>{}</details>",
            count(number, "service"),
            list
        ),
    }
}
