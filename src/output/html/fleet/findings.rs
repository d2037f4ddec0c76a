//! The findings, each cause once for all hosts.

use crate::code::Level;
use crate::output::audit::paste;
use crate::output::folded::FoldedCause;
use crate::text::{Html, Text, count, text};

/// Findings that a page shows; the most severe and common ones are first.
const MAX_ROWS: usize = 1000;

/// A table of findings, the denied ones first. The script names all hosts of one.
pub fn section(causes: &[FoldedCause]) -> Text<Html> {
    let mut text = Text::own("<section id=\"findings\">\n<h2>Findings</h2>\n");
    if causes.is_empty() {
        text.push(Text::own("<p>No findings.</p>\n</section>\n"));
        return text;
    }
    text.push(Text::own(
        "<div class=\"tools\" hidden><label>Filter <input type=\"search\" data-filter=\"findings-table\"></label></div>\n\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Findings\">\n<table id=\"findings-table\" class=\"sortable\">\n\
         <thead><tr><th scope=\"col\">Level</th><th scope=\"col\">Code</th><th scope=\"col\">What</th><th scope=\"col\" class=\"number\">Services</th></tr></thead>\n<tbody>\n",
    ));
    for (index, cause) in causes.iter().take(MAX_ROWS).enumerate() {
        text.push(row(cause, index));
    }
    text.push(Text::own("</tbody>\n</table>\n</div>\n"));
    if causes.len() > MAX_ROWS {
        let more = count(causes.len() - MAX_ROWS, "more finding");
        text.push(text!("<p>{} in <code>confinix audit</code>.</p>\n", more));
    }
    text.push(Text::own("</section>\n"));
    text
}

fn row(folded: &FoldedCause, index: usize) -> Text<Html> {
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
    if let Some(label) = folded.label(false) {
        text.push(text!(
            "<details data-finding=\"{}\"><summary>{}</summary></details>",
            index,
            label
        ));
    }
    for route in folded.routes() {
        text.push(text!("<div class=\"chain\">{}</div>", route));
    }
    let (remedies, more) = folded.remedies();
    if !remedies.is_empty() {
        text.push(Text::own("<details><summary>How to fix it</summary>"));
        for remedy in remedies {
            text.push(text!(
                "<p>{}:</p><pre>{}</pre>",
                remedy.what,
                Text::html_lines(&paste(&remedy))
            ));
        }
        if more > 0 {
            let more = count(more, "more service");
            text.push(text!("<p>The same for {}.</p>", more));
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
