//! The parts of an audit that every format reports.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::cause::Cause;
use super::folded_cause::FoldedCause;
use super::remedy::{Pasted, remedies};
use crate::audit::{Report, stable};
use crate::bundle::{Chain, Digest};
use crate::config::Place;
use crate::finding::Finding;
use crate::service::HostService;
use crate::source::FailedHost;
use crate::store::Package;
use crate::text::{Terminal, Text, count, text};

/// An audit's report, with its context.
pub struct Audited<'a> {
    /// The report.
    pub report: &'a Report,
    /// The policy's file, if there is one.
    pub policy: Option<&'a str>,
    /// Where services are defined, for findings without a place of their own.
    pub places: &'a BTreeMap<HostService, Place>,
    /// The fallback place.
    pub anywhere: &'a Place,
    /// How many hosts were audited.
    pub hosts: usize,
    /// The hosts that failed, of which the report has nothing.
    pub failed: &'a [FailedHost],
    /// Whether every service of every host is named where findings of one cause are folded.
    pub is_unfolded: bool,
}

impl Audited<'_> {
    /// Whether the services are those of several hosts.
    pub fn is_fleet(&self) -> bool {
        let mut services = self.report.services.iter();
        !self.failed.is_empty() || services.any(|service| service.host.is_some())
    }

    /// How many hosts there are, and how many of them failed, before a list; empty if it is no fleet.
    pub fn hosts(&self) -> String {
        if !self.is_fleet() {
            return String::new();
        }
        let all = count(self.hosts + self.failed.len(), "host");
        match self.failed.len() {
            0 => format!("{all}, "),
            failed => format!("{all} ({failed} failed), "),
        }
    }

    /// The best place to show a finding.
    pub fn place_of(&self, finding: &Finding) -> Place {
        finding
            .place
            .as_ref()
            .or_else(|| self.places.get(finding.service.as_ref()?))
            .unwrap_or(self.anywhere)
            .clone()
    }
}

/// The message of a finding, with the policy's reason.
pub fn message(finding: &Finding) -> String {
    let mut text = finding.message.clone();
    if finding.more_paths > 0 {
        let plural = if finding.more_paths == 1 { "" } else { "s" };
        let _ = write!(
            text,
            " (and {} more store path{plural} of it)",
            finding.more_paths
        );
    }
    let more = finding.evidence.len().saturating_sub(1);
    if more > 0 && finding.more_paths == 0 {
        let plural = if more == 1 { "" } else { "s" };
        let _ = write!(text, " (and {more} more place{plural})");
    }
    let note: Vec<_> = [&finding.reason, &finding.issue]
        .into_iter()
        .flatten()
        .filter(|text| !text.is_empty())
        .map(String::as_str)
        .collect();
    if !note.is_empty() {
        let _ = write!(text, " ({})", note.join(", "));
    }
    text
}

/// The number of services in one text that fixes a finding. It is not worth reading more on a terminal or in a review.
pub const MAX_FIXED: usize = 8;

/// The limit for a text to paste, in bytes: nobody pastes more, and a truncated text is useless.
const MAX_PASTE: usize = 1 << 16;

/// The lines of a remedy's text to paste.
pub fn paste(remedy: &Pasted) -> Text<Terminal> {
    if remedy.paste.len() > MAX_PASTE || remedy.paste.lines().any(|line| line.len() > 4096) {
        return text!(
            "(too long to be shown: {} bytes, which --format json prints)",
            remedy.paste.len()
        );
    }
    Text::lines(&remedy.paste)
}

/// Findings of one cause in lines: the headline with its place, the messages, the chain, and the remedies, each after `gap`.
pub fn whole_cause(cause: &Cause, gap: &'static str) -> Text<Terminal> {
    let mut headline = text!("{}", cause.headline());
    if let Some(place) = cause.place() {
        headline.push(text!(" [{}]", place));
    }
    for message in cause.messages() {
        headline.push(text!("\n{}", message));
    }
    with_remedies(headline, cause.first(), gap)
}

/// Findings of one cause, of several services, in lines: the headline, the messages, the chains, and the remedies for a few services.
pub fn whole_folded(folded: &FoldedCause) -> Text<Terminal> {
    let mut text = text!("{}", folded.headline());
    for line in folded.messages().into_iter().chain(folded.routes()) {
        text.push(text!("\n{}", line));
    }
    for remedy in folded.remedies(MAX_FIXED).0 {
        text.push(text!("\n{}:\n{}", remedy.what, paste(&remedy)));
    }
    text
}

/// A finding in lines: the message, the chain, and the remedies, each after `gap`.
pub fn whole(finding: &Finding, gap: &'static str) -> Text<Terminal> {
    with_remedies(text!("{}", message(finding)), finding, gap)
}

fn with_remedies(mut text: Text<Terminal>, finding: &Finding, gap: &'static str) -> Text<Terminal> {
    if let Some(chain) = &finding.chain {
        text.push(text!("\nvia {}", route(chain)));
    }
    for remedy in remedies(finding) {
        text.push(text!(
            "{}{}:\n{}",
            Text::own(gap),
            remedy.what,
            paste(&remedy)
        ));
    }
    text
}

/// Identifies a finding wherever its line moves, for code hosts.
pub fn fingerprint(finding: &Finding) -> String {
    let service = finding.service.as_ref().map(ToString::to_string);
    let service = service.unwrap_or_default();
    let subject = stable(&finding.subject);
    Digest::short(format!("{}\n{service}\n{subject}\n", finding.code).as_bytes())
}

/// A chain in one line, with packages instead of paths.
pub fn route(chain: &Chain) -> String {
    let mut text = chain.origin.option();
    for path in &chain.paths {
        let _ = write!(text, " → {}", Package::parse(path.name()));
    }
    text
}
