//! The result of an audit.

use std::collections::BTreeSet;

use crate::code::Level;
use crate::finding::Finding;
use crate::service::HostService;

/// The findings of an audit, and what it covered.
#[derive(Debug, Default)]
pub struct Report {
    /// The findings: first those about the policy, then by service; within each, the highest level first, then by code and subject.
    pub findings: Vec<Finding>,
    /// The services that were checked.
    pub services: BTreeSet<HostService>,
    /// How many services were rehearsed as they are, and start.
    pub rehearsed: usize,
    /// How many possible findings about these services are left out, as the rehearsal did not confirm them.
    pub unconfirmed: usize,
    /// How many findings the policy excepts.
    pub excepted: usize,
    /// How many findings the baseline accepts.
    pub accepted: usize,
    /// How many services the configuration leaves unconfined, with reasons.
    pub unconfined: usize,
}

impl Report {
    /// Counts the findings with this level.
    pub fn count(&self, level: Level) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.level == level)
            .count()
    }

    /// Sorts the findings.
    pub fn sort(&mut self) {
        self.findings.sort_by(|a, b| key(a).cmp(&key(b)));
    }
}

fn key(finding: &Finding) -> impl Ord + '_ {
    (
        &finding.service,
        std::cmp::Reverse(finding.level),
        finding.code,
        &finding.subject,
        &finding.place,
    )
}
