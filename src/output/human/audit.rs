//! The findings of an audit.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::{Style, count, not_confined};
use crate::audit::{Rule, rule};
use crate::code::Level;
use crate::finding::Finding;
use crate::output::Explained;
use crate::output::audit::{Audited, MAX_FIXED, paste};
use crate::output::cause::Cause;
use crate::output::folded_cause::FoldedCause;
use crate::output::remedy::{Pasted, fix, remedies};
use crate::text::{Terminal, Text, text};

/// The findings by service, those with denied ones first, then their number. Denied findings come with all remedies, others with what fixes
/// them. Those of a fleet are folded by cause.
pub fn audit(audited: &Audited, style: Style) -> Text<Terminal> {
    let report = audited.report;
    let mut text = Text::new();
    let mut service = None;
    if audited.is_fleet() {
        for folded in FoldedCause::all(report) {
            text.push(of_fleet(&folded, audited.is_unfolded, style));
        }
    } else {
        for cause in by_weight(Cause::all(report)) {
            let finding = cause.first();
            if let Some(name) = &finding.service
                && service != Some(name)
            {
                if !text.is_empty() {
                    text.push(Text::own("\n"));
                }
                text.push(text!("{}\n", style.bold(text!("{}", name))));
                service = Some(name);
            }
            let routes = cause.route().map(|route| format!("via {route}"));
            let lines = cause.messages().into_iter().chain(routes);
            let remedies: Vec<_> = match finding.level {
                Level::Deny => remedies(finding).collect(),
                // Nobody has to allow a warning.
                Level::Warn | Level::Allow => fix(finding).into_iter().collect(),
            };
            text.push(one(&Said::of(&cause), lines, &remedies, style));
        }
    }
    for host in audited.failed {
        let failed = style.red(Text::own("failed"));
        text.push(text!("{} {}: {}\n", failed, host.name, host.reason()));
    }
    if !text.is_empty() {
        text.push(Text::own("\n"));
    }
    text.push(text!("{}\n", total(audited)));
    if !report.findings.is_empty() {
        text.push(Text::own("`confinix explain CODE` explains a finding.\n"));
    }
    text
}

/// Sorts the causes: those that are about no service, then services with a denied finding, then the others.
fn by_weight(mut causes: Vec<Cause>) -> Vec<Cause> {
    let denied: BTreeSet<_> = causes
        .iter()
        .filter(|cause| cause.level() == Level::Deny)
        .filter_map(|cause| cause.first().service.as_ref())
        .collect();
    causes.sort_by_key(|cause| {
        let service = cause.first().service.as_ref();
        service.map(|service| !denied.contains(service))
    });
    causes
}

/// Findings of one cause, with the services that have it.
fn of_fleet(folded: &FoldedCause, is_unfolded: bool, style: Style) -> Text<Terminal> {
    let lines = folded.label(is_unfolded).into_iter();
    let lines = lines.chain(folded.messages()).chain(folded.routes());
    let (remedies, more) = match folded.level() {
        Level::Deny => folded.remedies(MAX_FIXED),
        Level::Warn | Level::Allow => (Vec::new(), 0),
    };
    let said = Said {
        finding: folded.first(),
        headline: folded.headline(),
    };
    let mut text = one(&said, lines, &remedies, style);
    if more > 0 {
        text.push(text!(
            "       the same for {}, which --format json prints\n",
            count(more, "more service")
        ));
    }
    text
}

/// Findings of one cause, in a line.
struct Said<'a> {
    finding: &'a Finding,
    headline: String,
}

impl<'a> Said<'a> {
    fn of(cause: &Cause<'a>) -> Self {
        Self {
            finding: cause.first(),
            headline: cause.headline(),
        }
    }
}

fn one(
    said: &Said,
    lines: impl Iterator<Item = String>,
    remedies: &[Pasted],
    style: Style,
) -> Text<Terminal> {
    let finding = said.finding;
    let indent = if finding.service.is_some() { "  " } else { "" };
    let mut text = text!(
        "{}{} {}: ",
        indent,
        level(finding.level, style),
        finding.code
    );
    // Behind the level, and a blank.
    let column = indent.len() + "deny ".len();
    let mut headline = said.headline.clone();
    if let Some(place) = &finding.place {
        let _ = write!(headline, " [{place}]");
    }
    let behind_code = column + finding.code.as_str().len() + ": ".len();
    text.push(style.sentence(behind_code, column, &headline));
    text.push(Text::own("\n"));
    for line in lines {
        text.push(text!("{}     ", indent));
        text.push(style.sentence(column, column + 2, &line));
        text.push(Text::own("\n"));
    }
    for remedy in remedies {
        text.push(text!("{}     ", indent));
        text.push(style.sentence(column, column + 2, &format!("{}:", remedy.what)));
        text.push(Text::own("\n"));
        for line in paste(remedy).as_str().lines() {
            text.push(text!("{}       {}\n", indent, line));
        }
    }
    text
}

fn level(level: Level, style: Style) -> Text<Terminal> {
    match level {
        Level::Deny => style.red(Text::own("deny")),
        Level::Warn | Level::Allow => style.yellow(Text::own("warn")),
    }
}

/// The number of findings, those of one cause counted once, in a sentence.
pub fn total(audited: &Audited) -> String {
    let services = count(audited.report.services.len(), "service");
    let policy = match audited.policy {
        Some(policy) => format!(", {} excepted by {policy}", audited.report.excepted),
        None if audited.report.accepted > 0 => String::new(),
        None => " (no policy; `confinix init` writes one)".to_owned(),
    };
    format!(
        "{}{services}: {}{policy}{}",
        audited.hosts(),
        counts(audited),
        accepted(audited)
    )
}

/// How many findings the baseline accepts, if any.
pub fn accepted(audited: &Audited) -> String {
    match audited.report.accepted {
        0 => String::new(),
        accepted => format!(", {accepted} accepted by the baseline"),
    }
}

/// The number of findings, without that of services.
pub fn counts(audited: &Audited) -> String {
    let report = audited.report;
    let causes = Cause::all(report);
    let mut text = format!(
        "{} denied, {}",
        Cause::count(&causes, Level::Deny),
        count(Cause::count(&causes, Level::Warn), "warning"),
    );
    if report.rehearsed > 0 {
        let _ = write!(text, ", {} rehearsed", count(report.rehearsed, "service"));
    }
    if report.unconfirmed > 0 {
        let unconfirmed = count(report.unconfirmed, "warning");
        let _ = write!(text, " ({unconfirmed} not confirmed)");
    }
    if report.unconfined > 0 {
        let _ = write!(text, ", {}", not_confined(report.unconfined));
    }
    text
}

/// Every code with its level and summary, or the full explanation of one.
pub fn explain(explained: &Explained, style: Style) -> Text<Terminal> {
    match explained.code {
        Some(code) => explanation(rule(code), style),
        None => codes(explained),
    }
}

fn codes(explained: &Explained) -> Text<Terminal> {
    let mut table = super::Table::new(["CODE", "LEVEL", "WHAT IT FINDS"], [false; 3]);
    for code in explained.codes() {
        table.row([
            Text::own(code.as_str()),
            text!("{}", code.level()),
            Text::own(code.summary()),
        ]);
    }
    text!(
        "{}\n`confinix explain CODE` explains a code. Change levels with -A, -W and -D of `confinix audit`, or with [levels] in confinix.toml.\n",
        table.render()
    )
}

fn explanation(rule: &Rule, style: Style) -> Text<Terminal> {
    let explanation = &rule.explanation;
    let mut text = text!(
        "{} ({}): {}\n",
        style.bold(Text::own(rule.code.as_str())),
        rule.code.level(),
        rule.code.summary()
    );
    for (heading, paragraphs) in [
        ("What it means", explanation.what),
        ("Why it matters", explanation.why),
        ("Example", explanation.example),
        ("How to fix it", explanation.fix),
        ("How to allow it, in confinix.toml", explanation.allow),
    ] {
        text.push(text!("\n{}\n", style.bold(Text::own(heading))));
        for line in paragraphs.lines() {
            text.push(Text::lines(&wrapped(line)));
        }
    }
    text
}

const WIDTH: usize = 92;

/// A line, wrapped at spaces and indented. Code is not wrapped.
pub(super) fn wrapped(line: &str) -> String {
    let is_code = line.starts_with('[') || line.split(' ').nth(1) == Some("=");
    if is_code || line.is_empty() {
        return format!("  {line}").trim_end().to_owned() + "\n";
    }
    let mut text = String::new();
    let mut column = 0;
    for word in line.split(' ') {
        let width = word.chars().count();
        if column == 0 {
            text.push_str("  ");
        } else if column + 1 + width > WIDTH {
            text.push_str("\n  ");
            column = 0;
        } else {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += width;
    }
    text.push('\n');
    text
}
