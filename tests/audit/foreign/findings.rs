//! Untrusted text in findings.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Result, ensure};
use confinix::audit::Report;
use confinix::bundle::Bundle;
use confinix::code::{Code, Level};
use confinix::config::Place;
use confinix::finding::{Excepted, Finding, Remedy};
use confinix::output::{About, Audited, Page, Render};
use confinix::service::{HostName, HostService, UnitName};
use confinix::source::FailedHost;
use confinix::text::is_unsafe;
use proptest::prelude::*;
use serde_json::Value;

use super::{PIECES, shown, structure, tags};
use crate::schemas::{check_junit, check_sarif};
use crate::support;

/// A host with this in its name, as far as names can have it.
fn host_with(text: &str) -> Result<HostName> {
    let usable = |c: char| {
        if c.is_control() || "/:".contains(c) {
            '_'
        } else {
            c
        }
    };
    let name: String = text.chars().map(usable).take(50).collect();
    HostName::parse(&format!("h{name}"))
}

fn report_with(text: &str) -> Result<Report> {
    let finding = |level, service: Option<&str>| -> Result<Finding> {
        Ok(Finding {
            code: Code::ALL[0],
            level,
            service: match service {
                Some(unit) => Some(HostService {
                    host: Some(host_with(text)?),
                    unit: UnitName::parse(unit)?,
                }),
                None => None,
            },
            subject: text.to_owned(),
            amount: None,
            message: text.to_owned(),
            evidence: vec![text.to_owned(), format!("{text} again")],
            path: None,
            more_paths: 0,
            chain: None,
            remedies: vec![
                Remedy::exception(
                    &UnitName::parse("a.service")?,
                    Excepted::Setting(text.to_owned()),
                ),
                Remedy::Script {
                    what: "to do it".to_owned(),
                    place: text.to_owned(),
                    line: format!("a\n{text}\nb"),
                },
            ],
            place: Some(Place {
                file: Arc::from(text),
                line: 1,
                column: 2,
            }),
            reason: Some(text.to_owned()),
            issue: Some(text.to_owned()),
        })
    };
    let findings = vec![
        finding(Level::Deny, None)?,
        finding(Level::Deny, Some(r"::error::a@b.service"))?,
        finding(Level::Warn, Some(r"::error::a@b.service"))?,
    ];
    let services = findings
        .iter()
        .filter_map(|finding| finding.service.clone());
    Ok(Report {
        services: services.collect(),
        findings,
        ..Report::default()
    })
}

/// Renders a result in each of its formats, by name of the format.
fn in_all_formats<T: Render>(result: &T) -> Result<BTreeMap<&'static str, String>> {
    let formats = T::formats().into_iter().map(|(format, _)| format);
    formats
        .map(|format| Ok((format.name(), shown(result, format)?)))
        .collect()
}

struct Rendered(BTreeMap<&'static str, String>);

fn render(text: &str, bundle: &Bundle) -> Result<Rendered> {
    let report = report_with(text)?;
    let places = BTreeMap::new();
    let audited = Audited {
        report: &report,
        policy: Some(text),
        places: &places,
        anywhere: &Place::start("flake.nix"),
        hosts: 1,
        failed: &[FailedHost {
            name: text.to_owned(),
            error: anyhow::anyhow!("{text}"),
        }],
        is_unfolded: true,
    };
    let page = Page {
        bundle,
        audited: &audited,
        surfaces: None,
        about: About::default(),
    };
    let mut rendered = in_all_formats(&audited)?;
    rendered.extend(in_all_formats(&page)?);
    Ok(Rendered(rendered))
}

fn check(text: &str, bundle: &Bundle, benign: &Rendered) -> Result<()> {
    let Rendered(rendered) = render(text, bundle)?;
    for (format, document) in &rendered {
        ensure!(
            !document.contains(|c| is_unsafe(c) && c != '\n'),
            "{format}: {document:?}"
        );
        ensure!(
            !document.contains("##[") && !document.contains("##vso["),
            "{format}: {document:?}"
        );
        for line in document
            .lines()
            .filter(|line| line.trim_start().starts_with("::"))
        {
            let is_own = line.starts_with("::error file=") || line.starts_with("::warning file=");
            ensure!(*format == "github" && is_own, "{format}: {line:?}");
        }
    }
    let lines = |text: &str| text.lines().count();
    ensure!(
        lines(&rendered["github"]) == lines(&benign.0["github"]),
        "{}",
        rendered["github"]
    );
    for line in rendered["github"]
        .lines()
        .filter(|line| line.starts_with("::"))
    {
        let (properties, _) = line[2..].split_once("::").unwrap_or_default();
        ensure!(properties.matches([',', ':']).count() == 3, "{line}");
    }
    check_junit(&rendered["junit"])?;
    let elements = |text: &str| -> Result<usize> {
        Ok(roxmltree::Document::parse(text)?
            .descendants()
            .filter(roxmltree::Node::is_element)
            .count())
    };
    ensure!(elements(&rendered["junit"])? == elements(&benign.0["junit"])?);
    let read: Value = serde_json::from_str(&rendered["json"])?;
    ensure!(
        read["findings"][0]["subject"] == *text
            && read["findings"][0]["remedies"][1]["paste"] == format!("a\n{text}\nb")
    );
    let read: Value = serde_json::from_str(&rendered["sarif"])?;
    let message = read["runs"][0]["results"][0]["message"]["text"]
        .as_str()
        .unwrap_or_default();
    ensure!(!message.replace(r"\](", "").contains("]("), "{message}");
    ensure!(
        structure(&rendered["markdown"])? == structure(&benign.0["markdown"])?,
        "{}",
        rendered["markdown"]
    );
    ensure!(
        tags(&rendered["html"]) == tags(&benign.0["html"]),
        "{}",
        rendered["html"]
    );
    Ok(())
}

fn bundle() -> Result<Bundle> {
    let place = support::Place::with_bundle()?;
    confinix::bundle::read_unchecked(&place.path("bundle"))
}

#[test]
fn no_text_from_elsewhere_acts_in_any_format() -> Result<()> {
    let bundle = bundle()?;
    let benign = render("plain", &bundle)?;
    check_sarif(&benign.0["sarif"])?;
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        failure_persistence: None,
        cases: 200,
        ..ProptestConfig::default()
    });
    runner.run(&PIECES, |text| {
        check(&text, &bundle, &benign)
            .map_err(|error| TestCaseError::fail(format!("{text:?}: {error:#}")))
    })?;
    Ok(())
}

#[test]
fn a_text_of_a_mebibyte_is_shortened_for_people_alone() -> Result<()> {
    let text = "x".repeat(1 << 20);
    let Rendered(rendered) = render(&text, &bundle()?)?;
    for format in ["human", "github", "markdown", "junit", "html"] {
        ensure!(
            rendered[format].len() < 1 << 20,
            "{format}: {}",
            rendered[format].len()
        );
    }
    ensure!(
        rendered["human"].contains("more characters")
            && rendered["human"].contains("too long to be shown")
    );
    ensure!(rendered["json"].contains(&text));
    Ok(())
}
