//! The findings of an audit.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::{Style, count, not_confined};
use crate::code::Level;
use crate::finding::Finding;
use crate::output::audit::{Audited, MAX_FIXED, paste};
use crate::output::cause::Cause;
use crate::output::folded_cause::FoldedCause;
use crate::output::remedy::{Pasted, fix, remedies};
use crate::text::{Terminal, Text, text};

/// The findings that several services share, then the others by service, those with denied ones first, then their number. Denied findings
/// come with all remedies, others with what fixes them. Those of a fleet are folded by cause.
pub fn audit(audited: &Audited, style: Style) -> Text<Terminal> {
    let report = audited.report;
    let mut text = if audited.is_fleet() {
        let causes = FoldedCause::all(report);
        let causes = causes.iter();
        causes
            .map(|folded| of_fleet(folded, audited.is_unfolded, style))
            .collect()
    } else {
        of_host(audited, style)
    };
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

/// The findings of one host, below the names of their services: those of the policy, what is denied, and the rest.
fn of_host(audited: &Audited, style: Style) -> Text<Terminal> {
    let (shared, own) = FoldedCause::shared(audited.report);
    let (of_policy, own): (Vec<_>, Vec<_>) = own
        .into_iter()
        .partition(|cause| cause.first().service.is_none());
    let (denied, shared): (Vec<_>, Vec<_>) = shared
        .into_iter()
        .partition(|folded| folded.level() == Level::Deny);
    let (of_denied, own) = by_weight(own);
    let mut host = Host {
        text: of_policy.iter().map(|cause| of_one(cause, style)).collect(),
        last: None,
        is_unfolded: audited.is_unfolded,
        style,
    };
    for (shared, own) in [(denied, of_denied), (shared, own)] {
        for folded in &shared {
            host.push_shared(folded);
        }
        for cause in &own {
            host.push_own(cause);
        }
    }
    host.text
}

/// The findings of one host.
struct Host {
    text: Text<Terminal>,
    /// The services that what follows is about.
    last: Option<String>,
    is_unfolded: bool,
    style: Style,
}

impl Host {
    fn push_shared(&mut self, folded: &FoldedCause) {
        self.push_head(folded.label(self.is_unfolded).unwrap_or_default());
        let lines = folded.messages_by_service(self.is_unfolded).into_iter();
        let lines = lines.chain(folded.routes());
        let text = of_several(folded, lines, self.is_unfolded, self.style);
        self.text.push(text);
    }

    fn push_own(&mut self, cause: &Cause) {
        let service = cause.first().service.as_ref();
        self.push_head(service.map(ToString::to_string).unwrap_or_default());
        self.text.push(of_one(cause, self.style));
    }

    fn push_head(&mut self, name: String) {
        if self.last.as_ref() == Some(&name) {
            return;
        }
        if !self.text.is_empty() {
            self.text.push(Text::own("\n"));
        }
        let head = self.style.bold(text!("{}", name));
        self.text.push(text!("{}\n", head));
        self.last = Some(name);
    }
}

/// A cause of one service, or of none.
fn of_one(cause: &Cause, style: Style) -> Text<Terminal> {
    let finding = cause.first();
    let routes = cause.route().map(|route| format!("via {route}"));
    let lines = cause.messages().into_iter().chain(routes);
    let remedies: Vec<_> = match finding.level {
        Level::Deny => remedies(finding).collect(),
        // Nobody has to allow a warning.
        Level::Warn | Level::Allow => fix(finding).into_iter().collect(),
    };
    one(&Said::of(cause), lines, &remedies, style)
}

/// The causes of services with a denied finding, and those of the others.
fn by_weight(causes: Vec<Cause>) -> (Vec<Cause>, Vec<Cause>) {
    let denied = causes.iter().filter(|cause| cause.level() == Level::Deny);
    let denied: BTreeSet<_> = denied
        .filter_map(|cause| cause.first().service.clone())
        .collect();
    causes.into_iter().partition(|cause| {
        let service = cause.first().service.as_ref();
        service.is_some_and(|service| denied.contains(service))
    })
}

/// Findings of one cause, with the services that have it.
fn of_fleet(folded: &FoldedCause, is_unfolded: bool, style: Style) -> Text<Terminal> {
    let lines = folded.label(is_unfolded).into_iter();
    let lines = lines.chain(folded.messages()).chain(folded.routes());
    of_several(folded, lines, is_unfolded, style)
}

/// Findings of one cause, of several services.
fn of_several(
    folded: &FoldedCause,
    lines: impl Iterator<Item = String>,
    is_unfolded: bool,
    style: Style,
) -> Text<Terminal> {
    let most = if is_unfolded { usize::MAX } else { MAX_FIXED };
    let (remedies, more) = match folded.level() {
        Level::Deny => folded.remedies(most),
        Level::Warn | Level::Allow => {
            let (fix, more) = folded.fix(most);
            (fix.into_iter().collect(), more)
        }
    };
    let said = Said {
        finding: folded.first(),
        headline: folded.headline(),
    };
    let mut text = one(&said, lines, &remedies, style);
    if more > 0 && !remedies.is_empty() {
        text.push(text!(
            "       the same for {}, which --verbose prints\n",
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
