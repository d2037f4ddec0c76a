//! What every format says of an audit.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::audit::{Finding, Place, Report};
use crate::bundle::Chain;
use crate::service::UnitName;
use crate::store::Package;

/// An audit's report, with what is said around it.
pub struct Audited<'a> {
    /// The report.
    pub report: &'a Report,
    /// The policy's file, if there is one.
    pub policy: Option<&'a str>,
    /// Where services are written down, for findings that have no place of their own.
    pub places: &'a BTreeMap<UnitName, Place>,
    /// The place of what has no other.
    pub anywhere: &'a Place,
}

impl Audited<'_> {
    /// The place that a finding is best shown at.
    pub fn place_of(&self, finding: &Finding) -> Place {
        finding
            .place
            .as_ref()
            .or_else(|| self.places.get(finding.service.as_ref()?))
            .unwrap_or(self.anywhere)
            .clone()
    }
}

/// What a finding says, with the policy's reason.
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
    let note: Vec<_> = [&finding.reason, &finding.issue]
        .into_iter()
        .flatten()
        .filter(|text| !text.is_empty())
        .map(String::as_str)
        .collect();
    if !note.is_empty() {
        let _ = write!(text, " ({})", note.join(", "));
    }
    one_line(&text)
}

/// Text that can't break out of its line, nor command a terminal: it may come from a unit or from a policy.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' | '\r' => line.push(' '),
            c if c.is_control() => line.extend(c.escape_default()),
            c => line.push(c),
        }
    }
    line
}

/// A chain in one line, packages for paths.
pub fn route(chain: &Chain) -> String {
    let mut text = chain.origin.option();
    for path in &chain.paths {
        let _ = write!(text, " → {}", Package::parse(path.name()));
    }
    text
}
