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
use crate::service::{HostName, UnitName};
use crate::source::FailedHost;
use crate::store::StorePath;
use crate::text::Document;

/// The whole report.
pub fn audit(audited: &Audited) -> Result<Document> {
    let report = audited.report;
    versioned(&Findings {
        summary: Summary {
            hosts: audited.hosts + audited.failed.len(),
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
        failed: audited.failed.iter().map(Failed::from).collect(),
        findings: report.findings.iter().map(Reported::from).collect(),
    })
}

#[derive(Serialize)]
struct Findings<'a> {
    summary: Summary,
    policy: Option<&'a str>,
    failed: Vec<Failed<'a>>,
    findings: Vec<Reported<'a>>,
}

/// A host that failed.
#[derive(Serialize)]
pub struct Failed<'a> {
    host: &'a str,
    error: String,
}

impl<'a> From<&'a FailedHost> for Failed<'a> {
    fn from(failed: &'a FailedHost) -> Self {
        Self {
            host: &failed.name,
            error: format!("{:#}", failed.error),
        }
    }
}

#[derive(Serialize)]
struct Summary {
    hosts: usize,
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
    host: Option<&'a str>,
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
            host: (finding.service.as_ref())
                .and_then(|service| service.host.as_ref())
                .map(HostName::as_str),
            service: finding.service.as_ref().map(|service| &service.unit),
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
