//! The findings of an audit.

use std::cmp::Reverse;

use crate::code::Level;
use crate::finding::Finding;
use crate::output::audit::{Audited, MAX_FIXED, paste};
use crate::output::folded_cause::FoldedCause;
use crate::output::human::audit::total;
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
    for host in audited.failed {
        text.push(text!(
            "\n❌ {} failed: {}\n",
            Text::code(&host.name),
            host.reason()
        ));
    }
    if report.findings.is_empty() {
        return text;
    }
    text.push(Text::own(
        "\n| | where | finding | what | from |\n| --- | --- | --- | --- | --- |\n",
    ));
    let mut causes = FoldedCause::of(audited);
    if causes.len() > MAX_ROWS {
        causes.sort_by_key(|cause| Reverse(cause.level()));
    }
    for folded in causes.iter().take(MAX_ROWS) {
        let finding = folded.first();
        text.push(text!(
            "| {} | {} | {} | {} | {} |\n",
            Text::own(sign_of(finding)),
            place(folded),
            Text::code(finding.code.as_str()),
            folded.headline(),
            folded.route(),
        ));
    }
    left_out(&mut text, causes.len(), MAX_ROWS);
    let denied: Vec<_> = causes
        .iter()
        .filter(|cause| cause.level() == Level::Deny && !cause.first().remedies.is_empty())
        .collect();
    if denied.is_empty() {
        return text;
    }
    text.push(Text::own(
        "\n<details><summary>How to fix what is denied</summary>\n",
    ));
    for folded in denied.iter().take(MAX_REMEDIES) {
        let finding = folded.first();
        text.push(text!(
            "\n**{}** {}: {}\n",
            place(folded),
            Text::code(finding.code.as_str()),
            finding.subject
        ));
        for message in folded.messages() {
            text.push(text!("\n{}\n", message));
        }
        for remedy in folded.remedies(MAX_FIXED).0 {
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

fn place(folded: &FoldedCause) -> Text<Markdown> {
    match (folded.label(false), &folded.first().place) {
        (Some(services), _) => Text::code(&services),
        (None, Some(place)) => Text::code(&place.to_string()),
        (None, None) => Text::new(),
    }
}
