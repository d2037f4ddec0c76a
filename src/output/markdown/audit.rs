//! The findings of an audit.

use std::cmp::Reverse;
use std::fmt::Write;

use super::{cell, code};
use crate::audit::{Finding, Level};
use crate::output::audit::{Audited, message, route};
use crate::output::human::audit::total;

/// How many findings the table has at most, and for how many there are remedies: GitHub shows no summary of more than 1 MiB.
const MAX_ROWS: usize = 1000;
const MAX_REMEDIES: usize = 100;

/// A headline, a table of findings, and the remedies of what is denied, folded away.
pub fn audit(audited: &Audited) -> String {
    let report = audited.report;
    let sign = if report.count(Level::Deny) > 0 {
        "❌"
    } else {
        "✅"
    };
    let mut text = format!("### {sign} confinix audit\n\n{}\n", total(audited));
    if report.findings.is_empty() {
        return text;
    }
    text.push_str("\n| | where | finding | what | from |\n| --- | --- | --- | --- | --- |\n");
    let mut findings: Vec<_> = report.findings.iter().collect();
    if findings.len() > MAX_ROWS {
        findings.sort_by_key(|finding| Reverse(finding.level));
    }
    for finding in findings.iter().take(MAX_ROWS) {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            sign_of(finding),
            place(finding),
            code(finding.code),
            cell(&message(finding)),
            finding
                .chain
                .as_ref()
                .map(|chain| cell(&route(chain)))
                .unwrap_or_default(),
        );
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
    text.push_str("\n<details><summary>How to mend what is denied</summary>\n");
    for finding in denied.iter().take(MAX_REMEDIES) {
        let _ = writeln!(
            text,
            "\n**{}** {}: {}",
            place(finding),
            code(finding.code),
            cell(&finding.subject)
        );
        for remedy in &finding.remedies {
            let _ = writeln!(text, "\n{}:\n\n```\n{}\n```", remedy.what, remedy.paste);
        }
    }
    left_out(&mut text, denied.len(), MAX_REMEDIES);
    text.push_str("\n</details>\n");
    text
}

/// Says what a list does not have.
fn left_out(text: &mut String, all: usize, most: usize) {
    if all > most {
        let _ = writeln!(text, "\n{} more, which the other formats have.", all - most);
    }
}

fn sign_of(finding: &Finding) -> &'static str {
    if finding.level == Level::Deny {
        "❌"
    } else {
        "⚠️"
    }
}

fn place(finding: &Finding) -> String {
    match (&finding.service, &finding.place) {
        (Some(service), _) => code(service.as_str()),
        (None, Some(place)) => code(&place.to_string()),
        (None, None) => String::new(),
    }
}
