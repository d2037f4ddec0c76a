//! The findings, those that say the same of several services in one row.

use std::cmp::Reverse;

use super::{MANY, anchor, parts};
use crate::audit::Report;
use crate::code::Level;
use crate::output::audit::paste;
use crate::output::folded::FoldedCause;
use crate::text::{Html, Text, count, text};

/// More services are folded away.
const MAX_SHOWN: usize = 3;

/// The findings of a report, the denied ones first.
pub fn sorted(report: &Report) -> Vec<FoldedCause<'_>> {
    let mut causes = FoldedCause::all(report);
    causes.sort_by_key(|cause| Reverse(cause.level()));
    causes
}

/// A table of findings. The remedies are folded away, except in the first row. `more`: how many are left out; `services`: the services of
/// a finding, by its place in the table.
pub fn section(
    causes: &[FoldedCause],
    more: usize,
    services: impl Fn(usize, &FoldedCause) -> Text<Html>,
) -> Text<Html> {
    let mut text = Text::own("<section id=\"findings\">\n<h2>Findings</h2>\n");
    if causes.is_empty() {
        text.push(Text::own("<p>No findings.</p>\n</section>\n"));
        return text;
    }
    text.push(parts::table("findings", "Findings", &COLUMNS));
    for (index, cause) in causes.iter().enumerate() {
        text.push(row(cause, services(index, cause), index == 0));
    }
    text.push(Text::own(parts::TABLE_END));
    if more > 0 {
        let more = count(more, "more finding");
        text.push(text!("<p>{} in <code>confinix audit</code>.</p>\n", more));
    }
    text.push(Text::own("</section>\n"));
    text
}

const COLUMNS: [parts::Column; 4] = [
    ("Level", false),
    ("Code", false),
    ("What", false),
    ("Services", true),
];

fn row(folded: &FoldedCause, services: Text<Html>, is_open: bool) -> Text<Html> {
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
    text.push(services);
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
    text.push(text!(
        "</td>{}</tr>\n",
        parts::number(folded.named().count(), "")
    ));
    text
}

/// The services of one host, each with how the store path gets into its closure.
pub fn services(folded: &FoldedCause) -> Text<Html> {
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
            if number > MANY {
                text!("<noscript>{}</noscript>", list)
            } else {
                list
            }
        ),
    }
}
