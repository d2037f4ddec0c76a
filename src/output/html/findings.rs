//! The findings.

use super::anchor;
use crate::code::Level;
use crate::output::audit::{Audited, paste};
use crate::output::cause::Cause;
use crate::output::remedy::remedies;
use crate::text::{Html, Text, text};

/// A table of findings. The remedies are folded away in their rows.
pub fn section(audited: &Audited) -> Text<Html> {
    let mut text = Text::own("<section id=\"findings\">\n<h2>Findings</h2>\n");
    let causes = Cause::all(audited.report);
    if causes.is_empty() {
        text.push(Text::own("<p>No findings.</p>\n</section>\n"));
        return text;
    }
    text.push(Text::own(
        "<div class=\"tools\" hidden><label>Filter <input type=\"search\" data-filter=\"findings-table\"></label></div>\n\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Findings\">\n<table id=\"findings-table\" class=\"sortable\">\n\
         <thead><tr><th scope=\"col\">Level</th><th scope=\"col\">Service</th><th scope=\"col\">Code</th><th scope=\"col\">What</th></tr></thead>\n<tbody>\n",
    ));
    for cause in &causes {
        text.push(row(cause));
    }
    text.push(Text::own("</tbody>\n</table>\n</div>\n</section>\n"));
    text
}

fn row(cause: &Cause) -> Text<Html> {
    let finding = cause.first();
    let (class, level) = if cause.level() == Level::Deny {
        ("deny", "denied")
    } else {
        ("warn", "warning")
    };
    let service = match &finding.service {
        Some(name) => text!("<a href=\"#{}\">{}</a>", anchor(name.as_str()), name.stem()),
        None => Text::own("<i>policy</i>"),
    };
    let mut text = text!(
        "<tr><td><span class=\"{}\">{}</span></td><td>{}</td><td><code>{}</code></td><td>{}",
        class,
        level,
        service,
        finding.code,
        cause.headline()
    );
    if let Some(place) = cause.place() {
        text.push(text!(" <code class=\"place\">{}</code>", place));
    }
    for message in cause.messages() {
        text.push(text!("<div class=\"chain\">{}</div>", message));
    }
    if let Some(route) = cause.route() {
        text.push(text!("<div class=\"chain\">{}</div>", route));
    }
    if !finding.remedies.is_empty() {
        text.push(Text::own("<details><summary>How to fix it</summary>"));
        for remedy in remedies(finding) {
            text.push(text!(
                "<p>{}:</p><pre>{}</pre>",
                remedy.what,
                Text::html_lines(&paste(&remedy))
            ));
        }
        text.push(Text::own("</details>"));
    }
    text.push(Text::own("</td></tr>\n"));
    text
}
