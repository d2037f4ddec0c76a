//! The findings of an audit.

use anyhow::Result;
use serde::Serialize;

use super::versioned;
use super::why::Chain;
use crate::code::{Code, Level};
use crate::config::Place;
use crate::finding::{Amount, Finding};
use crate::output::audit::Audited;
use crate::output::remedy::{Pasted, remedies};
use crate::service::UnitName;
use crate::store::StorePath;
use crate::text::Document;

/// The whole report.
pub fn audit(audited: &Audited) -> Result<Document> {
    let report = audited.report;
    versioned(&Findings {
        summary: Summary {
            services: report.services.len(),
            denied: report.count(Level::Deny),
            warnings: report.count(Level::Warn),
            rehearsed: report.rehearsed,
            unconfirmed: report.unconfirmed,
            excepted: report.excepted,
            accepted: report.accepted,
            unconfined: report.unconfined,
        },
        policy: audited.policy,
        findings: report.findings.iter().map(Reported::from).collect(),
    })
}

#[derive(Serialize)]
struct Findings<'a> {
    summary: Summary,
    policy: Option<&'a str>,
    findings: Vec<Reported<'a>>,
}

#[derive(Serialize)]
struct Summary {
    services: usize,
    denied: usize,
    warnings: usize,
    rehearsed: usize,
    unconfirmed: usize,
    excepted: usize,
    accepted: usize,
    unconfined: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Reported<'a> {
    code: Code,
    level: Level,
    service: Option<&'a UnitName>,
    subject: &'a str,
    amount: Option<u64>,
    message: &'a str,
    evidence: &'a [String],
    reason: Option<&'a str>,
    issue: Option<&'a str>,
    path: Option<&'a StorePath>,
    more_paths: usize,
    chain: Option<Chain<'a>>,
    place: Option<&'a Place>,
    remedies: Vec<Pasted>,
}

impl<'a> From<&'a Finding> for Reported<'a> {
    fn from(finding: &'a Finding) -> Self {
        Self {
            code: finding.code,
            level: finding.level,
            service: finding.service.as_ref(),
            subject: &finding.subject,
            amount: finding.amount.map(Amount::number),
            message: &finding.message,
            evidence: &finding.evidence,
            reason: finding.reason.as_deref(),
            issue: finding.issue.as_deref(),
            path: finding.path.as_ref(),
            more_paths: finding.more_paths,
            chain: finding.chain.as_ref().map(Chain::from),
            place: finding.place.as_ref(),
            remedies: remedies(finding).collect(),
        }
    }
}
