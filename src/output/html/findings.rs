//! The findings.

use std::fmt::Write;

use super::{anchor, escape};
use crate::audit::{Finding, Level};
use crate::output::audit::{Audited, message, route};

/// A table of findings, the remedies folded away in their rows.
pub fn section(audited: &Audited) -> String {
    let mut text = String::from("<section id=\"findings\">\n<h2>Findings</h2>\n");
    let findings = &audited.report.findings;
    if findings.is_empty() {
        text.push_str("<p>There are none.</p>\n</section>\n");
        return text;
    }
    text.push_str(
        "<div class=\"tools\" hidden><label>Filter <input type=\"search\" data-filter=\"findings-table\"></label></div>\n\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Findings\">\n<table id=\"findings-table\" class=\"sortable\">\n\
         <thead><tr><th scope=\"col\">Level</th><th scope=\"col\">Service</th><th scope=\"col\">Code</th><th scope=\"col\">What</th></tr></thead>\n<tbody>\n",
    );
    for finding in findings {
        text.push_str(&row(finding));
    }
    text.push_str("</tbody>\n</table>\n</div>\n</section>\n");
    text
}

fn row(finding: &Finding) -> String {
    let (class, level) = if finding.level == Level::Deny {
        ("deny", "denied")
    } else {
        ("warn", "warning")
    };
    let service = match &finding.service {
        Some(name) => format!(
            "<a href=\"#{}\">{}</a>",
            anchor(name.as_str()),
            escape(name.stem())
        ),
        None => "<i>policy</i>".to_owned(),
    };
    let mut text = format!(
        "<tr><td><span class=\"{class}\">{level}</span></td><td>{service}</td><td><code>{}</code></td><td>{}",
        finding.code,
        escape(&message(finding))
    );
    if let Some(place) = &finding.place {
        let _ = write!(
            text,
            " <code class=\"place\">{}</code>",
            escape(&place.to_string())
        );
    }
    if let Some(chain) = &finding.chain {
        let _ = write!(text, "<div class=\"chain\">{}</div>", escape(&route(chain)));
    }
    if !finding.remedies.is_empty() {
        text.push_str("<details><summary>How to mend it</summary>");
        for remedy in &finding.remedies {
            let _ = write!(
                text,
                "<p>{}:</p><pre>{}</pre>",
                escape(&remedy.what),
                escape(&remedy.paste)
            );
        }
        text.push_str("</details>");
    }
    text.push_str("</td></tr>\n");
    text
}
