//! JUnit's XML, as Apache Ant writes it and CI servers read it: a suite per service, a case per rule.

mod rehearsal;

use std::collections::BTreeMap;

pub use self::rehearsal::rehearsal;
use super::audit::{Audited, whole_cause};
use super::cause::Cause;
use crate::audit::rules;
use crate::code::Level;
use crate::text::{Terminal, Text, Xml, text};

/// The report. Denied findings are failures; warnings are in a suite's output. Times are zero, so that equal audits give equal
/// reports.
pub fn audit(audited: &Audited) -> Text<Xml> {
    let mut by_suite: BTreeMap<String, Vec<Cause>> = BTreeMap::new();
    by_suite.insert("policy".to_owned(), Vec::new());
    for service in &audited.report.services {
        by_suite.insert(service.to_string(), Vec::new());
    }
    for cause in Cause::all(audited.report) {
        let service = cause.first().service.as_ref();
        let suite = service.map_or_else(|| "policy".to_owned(), ToString::to_string);
        by_suite.entry(suite).or_default().push(cause);
    }
    let mut text = Text::own("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for (id, (name, causes)) in by_suite.into_iter().enumerate() {
        text.push(suite(id, &name, &causes));
    }
    text.push(Text::own("</testsuites>\n"));
    text
}

fn suite(id: usize, name: &str, causes: &[Cause]) -> Text<Xml> {
    let mut cases = Text::new();
    let mut failures = 0;
    let rules: Vec<_> = rules()
        .filter(|rule| rule.is_of_services() == (name != "policy"))
        .collect();
    for rule in &rules {
        let is_denied =
            |cause: &&Cause| cause.first().code == rule.code && cause.level() == Level::Deny;
        let denied: Vec<_> = causes.iter().filter(is_denied).collect();
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
            0 => first.headline(),
            more => format!("{} (and {more} more)", first.headline()),
        };
        let body = Text::join(
            denied
                .iter()
                .map(|cause| Text::xml_lines(&whole_cause(cause, "\n"))),
            "\n\n",
        );
        cases.push(text!(
            ">\n      <failure type=\"{}\" message=\"{}\">{}</failure>\n    </testcase>\n",
            rule.code,
            headline,
            body
        ));
    }
    let warnings: Text<Terminal> = causes
        .iter()
        .filter(|cause| cause.level() == Level::Warn)
        .map(|cause| {
            let whole = whole_cause(cause, "\n");
            text!("warn {}: {}\n", cause.first().code, whole)
        })
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
