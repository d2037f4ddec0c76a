//! What matters first: how many services will fail, are denied, may fail.

use std::collections::BTreeMap;

use super::Page;
use crate::code::Level;
use crate::service::UnitName;
use crate::text::{Html, Text, text};

/// The worst that findings say of a service, the worst first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Fails,
    Denied,
    MayFail,
    NothingFound,
}

impl Verdict {
    const ALL: [Self; 4] = [Self::Fails, Self::Denied, Self::MayFail, Self::NothingFound];

    /// The words behind the number of services, and the class of their colour.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Fails => ("will fail", "deny"),
            Self::Denied => ("denied by the policy", "deny"),
            Self::MayFail => ("may fail", "warn"),
            Self::NothingFound => ("nothing found", "plain"),
        }
    }
}

/// The number of services of each kind, and what they were measured by.
pub fn section(page: &Page) -> Text<Html> {
    let report = page.audited.report;
    let mut worst: BTreeMap<&UnitName, Verdict> = BTreeMap::new();
    for finding in &report.findings {
        let verdict = match (finding.level, finding.code.is_foresight()) {
            (Level::Deny, true) => Verdict::Fails,
            (Level::Deny, false) => Verdict::Denied,
            (_, true) => Verdict::MayFail,
            (_, false) => continue,
        };
        if let Some(service) = &finding.service {
            let known = worst.entry(&service.unit).or_insert(verdict);
            *known = verdict.min(*known);
        }
    }
    let mut text = Text::own("<ul class=\"verdict\" aria-label=\"Services by verdict\">\n");
    for verdict in Verdict::ALL {
        let is_this =
            |name: &&UnitName| worst.get(name).copied().unwrap_or(Verdict::NothingFound) == verdict;
        let number = page.bundle.services.keys().filter(is_this).count();
        let (words, class) = verdict.words();
        let class = if number == 0 { "plain" } else { class };
        text.push(text!(
            "<li class=\"{}\"><b>{}</b> {}</li>\n",
            class,
            number,
            words
        ));
    }
    text.push(Text::own("</ul>\n"));
    text.push(match page.audited.policy {
        Some(policy) => text!("<p>Policy: {}. ", policy),
        None => Text::own("<p>No policy. "),
    });
    text.push(text!(
        "{} of {} services rehearsed: for the others, nothing found is no promise that they start.</p>\n",
        report.rehearsed,
        page.bundle.services.len()
    ));
    text
}
