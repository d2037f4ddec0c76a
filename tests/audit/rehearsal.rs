//! Audits with records of rehearsals.

mod observed;
mod records;
mod required;

use anyhow::{Context, Result};
use confinix::bundle::read_sealed;
use confinix::rehearse::HoldsFor;
use confinix::service::UnitName;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::common::{Ran, confinix, schemas};
use crate::store::Store;
use crate::support::Place;

/// Returns the record of a service of the bundle, as it is.
pub fn recorded(place: &Place, service: &str, verdict: &str) -> Result<Value> {
    let good = json!({
        "starts": true, "state": "active (running)", "result": "success", "status": null, "restarts": false,
        "meetsConditions": true, "reloads": null, "listens": [], "probe": null, "stop": "success",
    });
    let bundle = read_sealed(&place.path("bundle"))?;
    let name = UnitName::parse(&format!("{service}.service"))?;
    let holds_for = HoldsFor::of(&bundle.services[&name]);
    Ok(json!({
        "verdict": verdict,
        "holdsFor": holds_for,
        "control": good,
    }))
}

pub fn write(place: &Place, file: &str, services: &[(&str, Value)]) -> Result<()> {
    let services = services.iter();
    let services: serde_json::Map<_, _> = services
        .map(|(name, recorded)| (format!("{name}.service"), recorded.clone()))
        .collect();
    let record = json!({ "version": 1, "services": services });
    schemas::check("rehearsal", &record)?;
    place.write(file, &record.to_string())
}

pub fn run(place: &Place, code: i32, arguments: &[&str]) -> Result<Ran> {
    confinix(arguments)
        .within(place.path("."))
        .run()?
        .with_code(code)
}

/// Returns the findings of a command as `code level`, and the summary.
pub fn found(place: &Place, code: i32, arguments: &[&str]) -> Result<(Vec<String>, Value)> {
    let ran = run(place, code, &[arguments, &["--format", "json"]].concat())?;
    let report: Value = serde_json::from_str(&ran.stdout)?;
    let findings = report["findings"].as_array().context("no findings")?;
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    let findings = findings
        .iter()
        .map(|finding| format!("{} {}", text(finding, "code"), text(finding, "level")));
    Ok((findings.collect(), report["summary"].clone()))
}

/// Two services: `unsure` may lack something, `lacking` certainly does.
pub fn place() -> Result<Store> {
    let mut store = Store::new()?;
    store.service("unsure", "script:/bin/start", &json!({}), false);
    store.service("lacking", "/usr/bin/absent", &json!({}), false);
    store.check(1)?;
    Ok(store)
}

/// A check that takes the record.
const CHECK: [&str; 5] = [
    "check",
    "bundle",
    "--no-policy",
    "--rehearsal",
    "record.json",
];

#[test]
fn what_a_rehearsal_did_not_confirm_is_left_out() -> Result<()> {
    let store = place()?;
    let place = &store.place;
    let (before, _) = found(place, 1, &["check", "bundle", "--no-policy"])?;
    let is_warning = |finding: &&String| finding.ends_with("warn");
    assert!(
        before.iter().any(|finding| is_warning(&finding)),
        "{before:?}"
    );
    for verdict in ["starts", "starts-with-changes"] {
        let services = ["unsure", "lacking"].map(|name| (name, recorded(place, name, verdict)));
        let services = services.map(|(name, recorded)| recorded.map(|recorded| (name, recorded)));
        let services: Vec<_> = services.into_iter().collect::<Result<_>>()?;
        write(place, "record.json", &services)?;
        let (after, summary) = found(place, 1, &CHECK)?;
        let certain: Vec<_> = before
            .iter()
            .filter(|it| !is_warning(it))
            .cloned()
            .collect();
        assert_eq!(after, certain);
        assert_eq!(summary["rehearsed"], 2);
        assert_eq!(summary["unconfirmed"], before.len() - certain.len());
        let said = run(place, 1, &CHECK)?.stdout;
        assert!(said.contains(", 2 services rehearsed ("), "{said}");
        let said = run(place, 1, &[&CHECK[..], &["--format", "markdown"]].concat())?.stdout;
        assert!(said.contains(", 2 services rehearsed ("), "{said}");
    }
    Ok(())
}

#[test]
fn a_record_of_something_else_changes_nothing() -> Result<()> {
    let store = place()?;
    let place = &store.place;
    let (before, summary) = found(place, 1, &["check", "bundle", "--no-policy"])?;
    let good = recorded(place, "unsure", "starts")?;
    for (key, value) in [
        ("closure", "other"),
        ("dropIn", "sha256-other"),
        ("unit", "sha256-other"),
    ] {
        let mut other = good.clone();
        other["holdsFor"][key] = value.into();
        write(place, "record.json", &[("unsure", other)])?;
        assert_eq!(found(place, 1, &CHECK)?, (before.clone(), summary.clone()));
    }
    Ok(())
}

#[test]
fn a_failed_rehearsal_is_a_finding_until_the_service_changes() -> Result<()> {
    let mut store = place()?;
    let mut failed = recorded(&store.place, "unsure", "fails")?;
    let reasons: Vec<_> = (0..7).map(|n| format!("it lacks {n}\u{1b}[2J")).collect();
    failed["reasons"] = reasons.into();
    write(&store.place, "record.json", &[("unsure", failed)])?;
    let said = run(&store.place, 1, &CHECK)?.stdout;
    let line = said.lines().find(|line| line.contains("rehearsal-failed"));
    assert_snapshot!(
        line.context("no finding")?.trim(),
        @r"deny rehearsal-failed: with confinement, it lacks 0\u{1b}[2J; it lacks 1\u{1b}[2J; it lacks 2\u{1b}[2J; it lacks 3\u{1b}[2J; it lacks 4\u{1b}[2J; 2 more differences"
    );
    // An earlier or later start does not outweigh it.
    let good = recorded(&store.place, "unsure", "starts")?;
    write(&store.place, "good.json", &[("unsure", good)])?;
    for files in [["record.json", "good.json"], ["good.json", "record.json"]] {
        let both = [
            "audit",
            "bundle",
            "--no-policy",
            "--no-foresight",
            "--rehearsal",
            files[0],
            "--rehearsal",
            files[1],
        ];
        let (findings, summary) = found(&store.place, 1, &both)?;
        assert!(
            findings.contains(&"rehearsal-failed deny".to_owned()),
            "{findings:?}"
        );
        assert_eq!(summary["rehearsed"], 0);
    }
    run(
        &store.place,
        0,
        &[
            "audit",
            "bundle",
            "--no-policy",
            "--no-foresight",
            "-D",
            "rehearsal-failed",
        ],
    )?;

    let settings = json!({ "StateDirectory": ["unsure"] });
    store.service("unsure", "script:/bin/start", &settings, false);
    std::fs::remove_dir_all(store.place.path("bundle"))?;
    store.check(1)?;
    let (findings, _) = found(&store.place, 1, &CHECK)?;
    assert!(
        !findings.contains(&"rehearsal-failed deny".to_owned()),
        "{findings:?}"
    );
    Ok(())
}
