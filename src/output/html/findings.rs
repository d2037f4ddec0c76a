//! The findings, those of one cause in one row.

use std::cmp::Reverse;

use super::{MANY, anchor, parts};
use crate::audit::Report;
use crate::code::Level;
use crate::output::audit::paste;
use crate::output::folded::listed;
use crate::output::folded_cause::FoldedCause;
use crate::output::human::shortened;
use crate::service::HostService;
use crate::text::{Html, Text, count, text};

/// More services are folded away.
const MAX_SHOWN: usize = 3;

/// The number of services in one text that fixes a finding.
const MAX_FIXED: usize = 50;

/// The findings of a report: the denied ones first, and of these what makes services fail.
pub fn sorted(report: &Report) -> Vec<FoldedCause<'_>> {
    let mut causes = FoldedCause::all(report);
    causes.sort_by_key(|cause| Reverse((cause.level(), cause.first().code.is_foresight())));
    causes
}

/// A table of findings. The fixes are folded away, except for the first one. `more`: how many findings are left out; `services`: the
/// services of a finding, by its place in the table.
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
    let mut is_open = true;
    for (index, cause) in causes.iter().enumerate() {
        let fixes = fixes(cause, is_open);
        is_open &= fixes.is_empty();
        text.push(row(cause, services(index, cause), fixes));
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

fn row(folded: &FoldedCause, services: Text<Html>, fixes: Text<Html>) -> Text<Html> {
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
        sentence(&folded.headline())
    );
    if let Some(place) = folded.place() {
        text.push(text!(" <code class=\"place\">{}</code>", place));
    }
    text.push(services);
    text.push(fixes);
    text.push(text!(
        "</td>{}</tr>\n",
        parts::number(folded.named().count(), "")
    ));
    text
}

/// What fixes a finding, once for all of its services; empty if nothing does.
fn fixes(folded: &FoldedCause, is_open: bool) -> Text<Html> {
    let (remedies, more) = folded.remedies(MAX_FIXED);
    if remedies.is_empty() {
        return Text::new();
    }
    let open = Text::own(if is_open { " open" } else { "" });
    let mut text = text!("<details{}><summary>How to fix it</summary>", open);
    for remedy in remedies {
        text.push(text!(
            "<p>{}:</p><pre tabindex=\"0\">{}</pre>",
            Text::prose(&remedy.what),
            Text::html_lines(&paste(&remedy))
        ));
    }
    if more > 0 {
        let more = count(more, "more service");
        text.push(text!("<p>The same for {}.</p>", more));
    }
    text.push(Text::own("</details>"));
    text
}

/// The services of one host, each with what is found of it alone, and how the store path gets into its closure.
pub fn services(folded: &FoldedCause) -> Text<Html> {
    let mut list = messages(folded);
    let all: Vec<_> = folded.services().collect();
    let number = all.len();
    let names: Vec<_> = folded.named().map(HostService::stem).collect();
    let mut items = Text::own("<ul class=\"services\">");
    for (service, details) in all {
        items.push(item(service, &details));
    }
    items.push(Text::own("</ul>"));
    if number <= MAX_SHOWN {
        list.push(items);
        return list;
    }
    list.push(text!(
        "<details><summary>{}: {}</summary>{}</details>",
        count(number, "service"),
        listed(names.into_iter(), MAX_SHOWN),
        if number > MANY {
            text!("<noscript>{}</noscript>", items)
        } else {
            items
        }
    ));
    list
}

/// What the headline leaves out, if it is the same for all services.
fn messages(folded: &FoldedCause) -> Text<Html> {
    let messages = if folded.is_worded_alike() {
        folded.messages()
    } else {
        Vec::new()
    };
    messages.iter().map(|message| detail(message)).collect()
}

/// A line below the headline.
pub fn detail(message: &str) -> Text<Html> {
    text!("<div class=\"chain\">{}</div>", sentence(message))
}

fn item(service: Option<&HostService>, details: &[String]) -> Text<Html> {
    let mut item = match service {
        Some(name) => text!(
            "<li><a href=\"#{}\">{}</a>",
            anchor(name.unit.as_str()),
            name.stem()
        ),
        None => Text::own("<li><i>policy</i>"),
    };
    for detail in details {
        item.push(text!(" <span class=\"chain\">{}</span>", sentence(detail)));
    }
    item.push(Text::own("</li>"));
    item
}

/// A sentence with the names of store paths.
fn sentence(sentence: &str) -> Text<Html> {
    Text::prose(&shortened(sentence))
}
