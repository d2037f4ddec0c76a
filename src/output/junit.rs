//! JUnit's XML, as Apache Ant writes it and CI servers read it: a suite per service, a case per rule.

use std::collections::BTreeMap;

use super::audit::{Audited, message, whole};
use crate::audit::rules;
use crate::code::Level;
use crate::finding::Finding;
use crate::text::{Terminal, Text, Xml, text};

/// The report. Denied findings are failures; warnings are in a suite's output. Times are zero, so that equal audits give equal
/// reports.
pub fn audit(audited: &Audited) -> Text<Xml> {
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
    let mut text = Text::own("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for (id, (name, findings)) in by_suite.into_iter().enumerate() {
        text.push(suite(id, name, &findings));
    }
    text.push(Text::own("</testsuites>\n"));
    text
}

fn suite(id: usize, name: &str, findings: &[&Finding]) -> Text<Xml> {
    let mut cases = Text::new();
    let mut failures = 0;
    let rules: Vec<_> = rules()
        .filter(|rule| rule.is_of_services() == (name != "policy"))
        .collect();
    for rule in &rules {
        let denied: Vec<_> = findings
            .iter()
            .filter(|finding| finding.code == rule.code && finding.level == Level::Deny)
            .collect();
        cases.push(text!(
            "    <testcase name=\"{}\" classname=\"{}\" time=\"0\"",
            rule.code,
            name
        ));
        let Some(first) = denied.first() else {
            cases.push(Text::own("/>\n"));
            continue;
        };
        failures += 1;
        let headline = match denied.len() - 1 {
            0 => message(first),
            more => format!("{} (and {more} more)", message(first)),
        };
        let body = Text::join(
            denied
                .iter()
                .map(|finding| Text::xml_lines(&whole(finding, true, "\n"))),
            "\n\n",
        );
        cases.push(text!(
            ">\n      <failure type=\"{}\" message=\"{}\">{}</failure>\n    </testcase>\n",
            rule.code,
            headline,
            body
        ));
    }
    let warnings: Text<Terminal> = findings
        .iter()
        .filter(|finding| finding.level == Level::Warn)
        .map(|finding| text!("warn {}: {}\n", finding.code, whole(finding, true, "\n")))
        .collect();
    text!(
        "  <testsuite id=\"{}\" package=\"confinix\" name=\"{}\" timestamp=\"1970-01-01T00:00:00\" hostname=\"localhost\" \
         tests=\"{}\" failures=\"{}\" errors=\"0\" time=\"0\">\n    <properties/>\n{}    \
         <system-out>{}</system-out>\n    <system-err/>\n  </testsuite>\n",
        id,
        name,
        rules.len(),
        failures,
        cases,
        Text::xml_lines(&warnings),
    )
}
