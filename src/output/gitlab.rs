//! The report on code quality that GitLab shows beside the lines of merge requests
//! (<https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>).

use anyhow::Result;
use serde::Serialize;

use super::audit::{Audited, fingerprint, message};
use crate::code::Level;
use crate::finding::Finding;
use crate::text::{Document, Terminal, Text, text};

/// The findings, one entry each.
pub fn audit(audited: &Audited) -> Result<Document> {
    let findings = audited.report.findings.iter();
    let entries: Vec<_> = findings
        .map(|finding| Entry::new(audited, finding))
        .collect();
    Document::json(&entries)
}

#[derive(Serialize)]
struct Entry<'a> {
    description: String,
    check_name: &'a str,
    fingerprint: String,
    severity: &'a str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
}

impl<'a> Entry<'a> {
    fn new(audited: &Audited, finding: &'a Finding) -> Self {
        let mut description = Text::<Terminal>::new();
        if let Some(service) = &finding.service {
            description.push(text!("{}: ", service));
        }
        description.push(text!("{}", message(finding)));
        let place = audited.place_of(finding);
        let path = place.file.strip_prefix("./").unwrap_or(&place.file);
        Self {
            description: description.as_str().to_owned(),
            check_name: finding.code.as_str(),
            fingerprint: fingerprint(finding),
            severity: match finding.level {
                Level::Deny => "critical",
                Level::Warn => "minor",
                Level::Allow => "info",
            },
            location: Location {
                path: path.to_owned(),
                lines: Lines { begin: place.line },
            },
        }
    }
}
