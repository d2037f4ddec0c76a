//! Untrusted text in bundles.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use confinix::audit::Report;
use confinix::bundle::Bundle;
use confinix::config::Place;
use confinix::diff::{Compare, Diff, Pair};
use confinix::enter::{Shown, Tree};
use confinix::output::{About, Audited, Compared, Contents, Format, Page};
use confinix::service::UnitName;
use confinix::store::NoFiles;
use confinix::surface::Surfaces;
use confinix::text::is_unsafe;
use proptest::prelude::*;
use serde_json::Value;

use super::{PIECES, shown, structure, tags};
use crate::support;

/// Returns the bundle with a text wherever its types allow one.
fn bundle_with(bundle: &Value, text: &str) -> Result<Bundle> {
    let mut json = bundle.clone();
    let service = &mut json["services"]["web.service"];
    service["settings"] = serde_json::json!({ "Environment": [text, "b"], "Slice": [text] });
    service["exec"]["ExecStop"] = serde_json::json!([text]);
    service["confinement"]["BindPaths"] = serde_json::json!([text]);
    service["presets"] = serde_json::json!([text]);
    service["strategyReason"] = text.into();
    service["binSh"] = text.into();
    Ok(serde_json::from_value(json)?)
}

fn compare(bundle: &Bundle) -> Compare<'_> {
    Compare {
        bundle,
        surfaces: None,
    }
}

fn difference(before: &Bundle, after: &Bundle) -> Diff {
    confinix::diff::diff(&[Pair {
        host: None,
        before: Some(compare(before)),
        after: Some(compare(after)),
    }])
}

/// A root with a link to this.
fn tree(text: &str) -> Tree {
    let target = text.to_owned();
    Tree::from([(format!("/{text}"), Shown::Link { target })])
}

#[test]
fn no_text_of_a_bundle_acts_in_any_format() -> Result<()> {
    let place = support::Place::with_bundle()?;
    let json: Value = serde_json::from_str(&place.read("bundle/bundle.json")?)?;
    let bundle = confinix::bundle::read_unchecked(&place.path("bundle"))?;
    let web = UnitName::parse("web.service")?;
    let render = |text: &str| -> Result<BTreeMap<&str, String>> {
        let odd = bundle_with(&json, text)?;
        let difference = difference(&bundle, &odd);
        let report = Report::default();
        let audited = Audited {
            report: &report,
            policy: None,
            places: &BTreeMap::new(),
            anywhere: &Place::start("flake.nix"),
            hosts: 1,
            failed: &[],
            is_unfolded: false,
        };
        let tree = tree(text);
        let records = confinix::rehearse::Records::default();
        let surfaces = Surfaces::look(&odd, &NoFiles)?;
        let all = Contents {
            bundle: &odd,
            records: &records,
            surfaces: Some(&surfaces),
            service: None,
        };
        let one = Contents {
            bundle: &odd,
            records: &records,
            surfaces: Some(&surfaces),
            service: Some(&web),
        };
        let compared = Compared {
            diff: &difference,
            rebuilds: true,
            failed: &[],
            is_unfolded: true,
        };
        let page = Page {
            bundle: &odd,
            audited: &audited,
            surfaces: Some(&surfaces),
            about: About::default(),
        };
        Ok(BTreeMap::from([
            ("overview", shown(&all, Format::Human)?),
            ("service", shown(&one, Format::Human)?),
            ("json", shown(&one, Format::Json)?),
            ("diff", shown(&compared, Format::Human)?),
            ("diff in json", shown(&compared, Format::Json)?),
            ("markdown", shown(&compared, Format::Markdown)?),
            ("html", shown(&page, Format::Html)?),
            ("tree", shown(&tree, Format::Human)?),
        ]))
    };
    let benign = render("plain")?;
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        failure_persistence: None,
        cases: 100,
        ..ProptestConfig::default()
    });
    let check = |text: &str| -> Result<()> {
        let rendered = render(text)?;
        for (format, document) in &rendered {
            ensure!(
                !document.contains(|c| is_unsafe(c) && c != '\n'),
                "{format}: {document:?}"
            );
            ensure!(
                !document
                    .lines()
                    .any(|line| line.trim_start().starts_with("::")),
                "{format}: {document}"
            );
        }
        let lines = |format: &str, of: &BTreeMap<&str, String>| of[format].lines().count();
        for format in ["overview", "service", "diff", "markdown"] {
            ensure!(
                lines(format, &rendered) == lines(format, &benign),
                "{}",
                rendered[format]
            );
        }
        ensure!(
            structure(&rendered["markdown"])? == structure(&benign["markdown"])?,
            "{}",
            rendered["markdown"]
        );
        ensure!(tags(&rendered["html"]) == tags(&benign["html"]));
        let json: Value = serde_json::from_str(&rendered["json"])?;
        ensure!(json["strategyReason"] == *text);
        Ok(())
    };
    runner.run(&PIECES, |text| {
        prop_assume!(text != "b" && !text.is_empty());
        check(&text).map_err(|error| TestCaseError::fail(format!("{text:?}: {error:#}")))
    })?;
    Ok(())
}
