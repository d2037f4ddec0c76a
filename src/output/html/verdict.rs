//! What matters first: how many services will fail, are denied, may fail.

use std::collections::BTreeMap;

use crate::code::Level;
use crate::finding::Finding;
use crate::output::audit::Audited;
use crate::service::HostService;
use crate::text::{Html, Text, text};

/// The worst that findings say of a service, the worst first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    /// It will fail.
    Fails,
    /// The policy denies something.
    Denied,
    /// It may fail.
    MayFail,
    /// Nothing was found.
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

    /// What a finding says; `None` if it is about neither starting nor the policy.
    fn of(finding: &Finding) -> Option<Self> {
        match (finding.level, finding.code.is_foresight()) {
            (Level::Deny, true) => Some(Self::Fails),
            (Level::Deny, false) => Some(Self::Denied),
            (_, true) => Some(Self::MayFail),
            (_, false) => None,
        }
    }
}

/// The number of audited services of each kind, and what they were measured by.
pub fn section(audited: &Audited) -> Text<Html> {
    let report = audited.report;
    let all = report.services.len();
    let mut worst: BTreeMap<&HostService, Verdict> = BTreeMap::new();
    for finding in &report.findings {
        if let (Some(service), Some(verdict)) = (&finding.service, Verdict::of(finding)) {
            let known = worst.entry(service).or_insert(verdict);
            *known = verdict.min(*known);
        }
    }
    let mut text = Text::own("<ul class=\"verdict\" aria-label=\"Services by verdict\">\n");
    for verdict in Verdict::ALL {
        let number = match verdict {
            Verdict::NothingFound => all.saturating_sub(worst.len()),
            verdict => worst.values().filter(|of| **of == verdict).count(),
        };
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
    text.push(match audited.policy {
        Some(policy) => text!("<p>Policy: {}. ", policy),
        None => Text::own("<p>No policy. "),
    });
    text.push(text!(
        "{} of {} services rehearsed: for the others, nothing found is no promise that they start.</p>\n",
        report.rehearsed,
        all
    ));
    text
}
