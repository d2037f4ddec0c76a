//! What matters first: how many services will fail, are denied, may fail.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::code::{Code, Level};
use crate::date::Date;
use crate::finding::Finding;
use crate::output::audit::Audited;
use crate::output::human::audit::{accepted, counts};
use crate::service::{HostName, HostService};
use crate::text::{Html, Text, count, text};

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
            Self::NothingFound => ("no failure found", "plain"),
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

/// The number of audited services of each kind.
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
    // Where files are missing, the absence of findings means nothing.
    let mut codes = report.findings.iter().map(|finding| finding.code);
    let is_blind = codes.any(|code| code == Code::NotInspected);
    let mut text = Text::own("<ul class=\"verdict\" aria-label=\"Services by verdict\">\n");
    for verdict in Verdict::ALL {
        let number = match verdict {
            Verdict::NothingFound => all.saturating_sub(worst.len()),
            verdict => worst.values().filter(|of| **of == verdict).count(),
        };
        let (words, class) = match verdict {
            Verdict::NothingFound if is_blind => ("no failure found, not all checked", "warn"),
            verdict => verdict.words(),
        };
        let class = if number == 0 { "plain" } else { class };
        text.push(text!(
            "<li class=\"{}\"><b>{}</b> {}</li>\n",
            class,
            number,
            words
        ));
    }
    text.push(Text::own("</ul>\n"));
    text
}

/// What the page is about.
#[derive(Clone, Copy, Default)]
pub struct About<'a> {
    /// The title that the user gave it.
    pub title: Option<&'a str>,
    /// The host, if the target names it.
    pub host: Option<&'a HostName>,
    /// The date of the audit, if the user set it: equal bundles give equal pages on any day.
    pub date: Option<Date>,
}

impl About<'_> {
    /// The heading of the page.
    pub fn heading(&self) -> &str {
        let host = self.host.map(HostName::as_str);
        self.title.or(host).unwrap_or("confinix report")
    }

    /// The title in the browser.
    pub fn head(&self) -> String {
        match (self.title, self.host) {
            (None, Some(host)) => format!("{host}: confinix report"),
            _ => self.heading().to_owned(),
        }
    }
}

/// The host, the date, and what the services were measured by. `services`: how many there are.
pub fn facts(about: &About, audited: &Audited, services: &str) -> Text<Html> {
    let report = audited.report;
    let all = report.services.len();
    let mut facts: Vec<(&'static str, Text<Html>)> = Vec::new();
    if let (Some(host), Some(_)) = (about.host, about.title) {
        facts.push(("Host", text!("{}", host.as_str())));
    }
    if let Some(date) = about.date {
        facts.push(("As of", text!("{}", date.to_string())));
    }
    let policy = match audited.policy {
        Some(policy) => text!("{}", policy),
        None => Text::prose("none (`confinix init` writes one)"),
    };
    facts.push(("Policy", policy));
    facts.push(("Scope", text!("{}", services)));
    let mut found = counts(audited);
    if report.excepted > 0 {
        let _ = write!(found, ", {} excepted by the policy", report.excepted);
    }
    facts.push(("Findings", text!("{}{}", found, accepted(audited))));
    let rehearsed = format!("{} of {}", report.rehearsed, count(all, "service"));
    facts.push(("Rehearsed", text!("{}", rehearsed)));
    let mut text = Text::own("<dl class=\"facts\">\n");
    for (name, value) in facts {
        text.push(text!("<div><dt>{}</dt> <dd>{}</dd></div>\n", name, value));
    }
    text.push(Text::own("</dl>\n"));
    if report.rehearsed < all {
        text.push(text!("<p>{}</p>\n", Text::prose(NO_PROMISE)));
    }
    text
}

const NO_PROMISE: &str = "confinix reads files and can't foresee every failure: `confinix rehearse` runs the services to find out.";
