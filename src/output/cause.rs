//! Findings of one cause: what people read as one finding, with the one change that fixes it.

use std::fmt::Write;

use super::audit::{message, route};
use crate::audit::Report;
use crate::change::Changes;
use crate::code::Level;
use crate::config::Place;
use crate::finding::{Finding, PolicyChange, Remedy};

/// Names in a headline; there are more behind them.
pub const MAX_NAMES: usize = 8;

/// Messages of a cause that are shown.
pub const MAX_MESSAGES: usize = 12;

/// Findings about one service, with one code, that the same change fixes.
pub struct Cause<'a> {
    /// The findings, at least one; the most severe first.
    findings: Vec<&'a Finding>,
}

impl<'a> Cause<'a> {
    /// The causes of all findings of a report, in its order.
    pub fn all(report: &'a Report) -> Vec<Self> {
        let mut causes: Vec<Self> = Vec::new();
        // Where the causes of the service begin.
        let mut start = 0;
        for finding in &report.findings {
            let is_of_another = |cause: &Self| cause.first().service != finding.service;
            if causes.last().is_some_and(is_of_another) {
                start = causes.len();
            }
            let mut of_service = causes[start..].iter_mut();
            match of_service.find(|cause| cause.is_of(finding)) {
                Some(cause) => cause.findings.push(finding),
                None => causes.push(Self {
                    findings: vec![finding],
                }),
            }
        }
        causes
    }

    /// How many causes have this level.
    pub fn count(causes: &[Self], level: Level) -> usize {
        causes.iter().filter(|cause| cause.level() == level).count()
    }

    /// The finding whose remedies fix all of them.
    pub fn first(&self) -> &'a Finding {
        self.findings[0]
    }

    /// The level of the most severe.
    pub fn level(&self) -> Level {
        self.first().level
    }

    /// The message; for several findings what they are about, and what fixes them.
    pub fn headline(&self) -> String {
        let [first, _, ..] = self.findings.as_slice() else {
            return message(self.first());
        };
        let mut names = String::new();
        for finding in self.findings.iter().take(MAX_NAMES) {
            if !names.is_empty() {
                names.push_str(", ");
            }
            names.push_str(&finding.subject);
        }
        if let more @ 1.. = self.findings.len().saturating_sub(MAX_NAMES) {
            let _ = write!(names, " and {more} more");
        }
        let brought = fixes(first).flat_map(Changes::names).collect::<Vec<_>>();
        match brought.as_slice() {
            [] => names,
            brought => format!("{names}: {}", brought.join(", ")),
        }
    }

    /// The messages of several findings; of one it is the headline.
    pub fn messages(&self) -> Vec<String> {
        if self.findings.len() == 1 {
            return Vec::new();
        }
        let shown = self.findings.iter().take(MAX_MESSAGES);
        let mut messages: Vec<_> = shown.map(|finding| message(finding)).collect();
        if let more @ 1.. = self.findings.len().saturating_sub(MAX_MESSAGES) {
            messages.push(format!("and {more} more, which --format json prints"));
        }
        messages
    }

    /// What removes it, to be compared with that of other causes; `None` if only its words tell what it is.
    pub fn removal(&self) -> Option<String> {
        let finding = self.first();
        if let Some(key) = finding.remedies.iter().find_map(limit) {
            return Some(format!("limit {key}"));
        }
        // The chain is what such a finding is about.
        let mut fixes = fixes(finding)
            .filter(|_| finding.chain.is_none())
            .peekable();
        fixes.peek()?;
        let lists: Vec<_> = fixes.map(|changes| &changes.list).collect();
        Some(format!("{lists:?}"))
    }

    /// What its findings are about, each in a word.
    pub fn subjects(&self) -> impl Iterator<Item = &'a str> {
        self.findings.iter().map(|finding| finding.subject.as_str())
    }

    /// The entry of the policy that it is about.
    pub fn place(&self) -> Option<&'a Place> {
        self.first().place.as_ref()
    }

    /// How the store path that it is about gets into the closure.
    pub fn route(&self) -> Option<String> {
        self.first().chain.as_ref().map(route)
    }

    /// Whether a finding, of the same service, has this cause.
    fn is_of(&self, finding: &Finding) -> bool {
        let first = self.first();
        finding.service.is_some()
            && finding.code == first.code
            && finding.chain.is_none()
            && fixes(finding).next().is_some()
            && finding.remedies.len() == first.remedies.len()
            && std::iter::zip(&finding.remedies, &first.remedies).all(|(a, b)| are_same(a, b))
    }
}

/// The key of a limit that the remedy raises.
fn limit(remedy: &Remedy) -> Option<&'static str> {
    match remedy {
        Remedy::Policy(PolicyChange::Limit { key, .. }) => Some(key),
        _ => None,
    }
}

fn fixes(finding: &Finding) -> impl Iterator<Item = &Changes> {
    finding.remedies.iter().filter_map(|remedy| match remedy {
        Remedy::Fix { changes, .. } => Some(changes),
        _ => None,
    })
}

/// Whether two remedies change the same, whatever they are about.
fn are_same(a: &Remedy, b: &Remedy) -> bool {
    match (a, b) {
        (Remedy::Fix { changes: a, .. }, Remedy::Fix { changes: b, .. }) => a.list == b.list,
        _ => a == b,
    }
}
