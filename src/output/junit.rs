//! JUnit's XML, as Apache Ant writes it and as CI servers read it: a suite a service, a case a rule.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::audit::{Audited, message, route};
use crate::audit::{Finding, Level, RULES};

/// The report. What is denied is a failure; warnings stand in a suite's output. Times are zero, so that equal audits give equal
/// reports.
pub fn audit(audited: &Audited) -> String {
    let mut by_suite: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    by_suite.insert("policy", Vec::new());
    for service in &audited.report.services {
        by_suite.insert(service.as_str(), Vec::new());
    }
    for finding in &audited.report.findings {
        let suite = finding
            .service
            .as_ref()
            .map_or("policy", |name| name.as_str());
        by_suite.entry(suite).or_default().push(finding);
    }
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for (id, (name, findings)) in by_suite.into_iter().enumerate() {
        text.push_str(&suite(id, name, &findings));
    }
    text.push_str("</testsuites>\n");
    text
}

fn suite(id: usize, name: &str, findings: &[&Finding]) -> String {
    let mut cases = String::new();
    let mut failures = 0;
    let rules: Vec<_> = RULES
        .iter()
        .filter(|rule| rule.is_of_services() == (name != "policy"))
        .collect();
    for rule in &rules {
        let denied: Vec<_> = findings
            .iter()
            .filter(|finding| finding.code == rule.code && finding.level == Level::Deny)
            .collect();
        let _ = write!(
            cases,
            "    <testcase name=\"{}\" classname=\"{}\" time=\"0\"",
            rule.code,
            escape(name)
        );
        let Some(first) = denied.first() else {
            cases.push_str("/>\n");
            continue;
        };
        failures += 1;
        let headline = match denied.len() - 1 {
            0 => message(first),
            more => format!("{} (and {more} more)", message(first)),
        };
        let body: Vec<_> = denied.iter().map(|finding| whole(finding)).collect();
        let _ = write!(
            cases,
            ">\n      <failure type=\"{}\" message=\"{}\">{}</failure>\n    </testcase>\n",
            rule.code,
            escape(&headline),
            escape(&body.join("\n\n"))
        );
    }
    let warnings: String = findings
        .iter()
        .filter(|finding| finding.level == Level::Warn)
        .map(|finding| format!("warn {}: {}\n", finding.code, whole(finding)))
        .collect();
    format!(
        "  <testsuite id=\"{id}\" package=\"confinix\" name=\"{}\" timestamp=\"1970-01-01T00:00:00\" hostname=\"localhost\" \
         tests=\"{}\" failures=\"{failures}\" errors=\"0\" time=\"0\">\n    <properties/>\n{cases}    \
         <system-out>{}</system-out>\n    <system-err/>\n  </testsuite>\n",
        escape(name),
        rules.len(),
        escape(&warnings),
    )
}

fn whole(finding: &Finding) -> String {
    let mut text = message(finding);
    if let Some(place) = &finding.place {
        let _ = write!(text, " [{place}]");
    }
    if let Some(chain) = &finding.chain {
        let _ = write!(text, "\nvia {}", route(chain));
    }
    for remedy in &finding.remedies {
        let _ = write!(text, "\n{}:\n{}", remedy.what, remedy.paste);
    }
    text
}

/// Text in XML. What XML 1.0 can't carry becomes U+FFFD.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {
                escaped.push('\u{fffd}');
            }
            c => escaped.push(c),
        }
    }
    escaped
}
