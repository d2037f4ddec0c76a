//! The findings of an audit.

use std::cmp::Reverse;

use crate::code::Level;
use crate::finding::Finding;
use crate::output::audit::{Audited, message, paste, route};
use crate::output::human::audit::total;
use crate::output::remedy::remedies;
use crate::text::{Markdown, Text, text};

/// The maximum number of findings in the table, and of findings with remedies: GitHub shows no summary above 1 MiB.
const MAX_ROWS: usize = 1000;
const MAX_REMEDIES: usize = 100;

/// A headline, a table of findings, and the remedies of denied findings, folded.
pub fn audit(audited: &Audited) -> Text<Markdown> {
    let report = audited.report;
    let sign = if report.count(Level::Deny) > 0 {
        "❌"
    } else {
        "✅"
    };
    let mut text = text!(
        "### {} confinix audit\n\n{}\n",
        Text::own(sign),
        total(audited)
    );
    if report.findings.is_empty() {
        return text;
    }
    text.push(Text::own(
        "\n| | where | finding | what | from |\n| --- | --- | --- | --- | --- |\n",
    ));
    let mut findings: Vec<_> = report.findings.iter().collect();
    if findings.len() > MAX_ROWS {
        findings.sort_by_key(|finding| Reverse(finding.level));
    }
    for finding in findings.iter().take(MAX_ROWS) {
        text.push(text!(
            "| {} | {} | {} | {} | {} |\n",
            Text::own(sign_of(finding)),
            place(finding),
            Text::code(finding.code.as_str()),
            message(finding),
            finding.chain.as_ref().map(route).unwrap_or_default(),
        ));
    }
    left_out(&mut text, findings.len(), MAX_ROWS);
    let denied: Vec<_> = report
        .findings
        .iter()
        .filter(|finding| finding.level == Level::Deny && !finding.remedies.is_empty())
        .collect();
    if denied.is_empty() {
        return text;
    }
    text.push(Text::own(
        "\n<details><summary>How to fix what is denied</summary>\n",
    ));
    for finding in denied.iter().take(MAX_REMEDIES) {
        text.push(text!(
            "\n**{}** {}: {}\n",
            place(finding),
            Text::code(finding.code.as_str()),
            finding.subject
        ));
        for remedy in remedies(finding) {
            text.push(text!(
                "\n{}:\n\n{}",
                remedy.what,
                Text::block("", &paste(&remedy))
            ));
        }
    }
    left_out(&mut text, denied.len(), MAX_REMEDIES);
    text.push(Text::own("\n</details>\n"));
    text
}

/// The note on findings that a list omits.
fn left_out(text: &mut Text<Markdown>, all: usize, most: usize) {
    if all > most {
        text.push(text!("\n{} more in the other formats.\n", all - most));
    }
}

fn sign_of(finding: &Finding) -> &'static str {
    if finding.level == Level::Deny {
        "❌"
    } else {
        "⚠️"
    }
}

fn place(finding: &Finding) -> Text<Markdown> {
    match (&finding.service, &finding.place) {
        (Some(service), _) => Text::code(service.as_str()),
        (None, Some(place)) => Text::code(&place.to_string()),
        (None, None) => Text::new(),
    }
}
