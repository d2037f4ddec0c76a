//! Services that have to be rehearsed.

use anyhow::{Context, Result};
use insta::assert_snapshot;
use serde_json::json;

use super::{found, place, recorded, run, write};
use crate::support::Place;

const REQUIRED: [&str; 5] = [
    "audit",
    "bundle",
    "--no-policy",
    "--no-foresight",
    "--require-rehearsal",
];

/// Returns the lines about rehearsals.
fn lines(place: &Place, arguments: &[&str]) -> Result<String> {
    let said = run(place, 1, arguments)?.stdout;
    let lines: Vec<_> = (said.lines().map(str::trim))
        .filter(|line| line.contains("rehears") && !line.contains("code ="))
        .collect();
    Ok(lines.join("\n"))
}

#[test]
fn every_service_needs_a_record_that_fits() -> Result<()> {
    let store = place()?;
    let place = &store.place;
    assert_snapshot!(lines(place, &REQUIRED)?);
    let with_record = [&REQUIRED[..], &["--rehearsal", "record.json"]].concat();
    let good = recorded(place, "unsure", "starts")?;
    let mut said = String::new();
    for (verdict, key) in [
        ("starts", "dropIn"),
        ("starts-with-changes", "unit"),
        ("fails", "closure"),
    ] {
        let mut other = good.clone();
        other["verdict"] = verdict.into();
        other["holdsFor"][key] = "other".into();
        write(place, "record.json", &[("unsure", other)])?;
        said.push_str(&lines(place, &with_record)?);
        said.push('\n');
    }
    let mut incomparable = good.clone();
    incomparable["verdict"] = "not-comparable".into();
    incomparable["reasons"] = json!(["it does not start (failed)"]);
    write(place, "record.json", &[("unsure", incomparable)])?;
    said.push_str(&lines(place, &with_record)?);
    assert_snapshot!(said);

    let lacking = recorded(place, "lacking", "starts")?;
    write(
        place,
        "record.json",
        &[("unsure", good), ("lacking", lacking)],
    )?;
    let (findings, summary) = found(place, 0, &with_record)?;
    assert!(
        !findings.iter().any(|it| it.starts_with("not-rehearsed")),
        "{findings:?}"
    );
    assert_eq!(summary["rehearsed"], 2);
    Ok(())
}

/// The record of a drop-in that has changed since fits no more.
#[test]
fn a_changed_service_has_to_be_rehearsed_again() -> Result<()> {
    let mut store = place()?;
    let names = ["unsure", "lacking"];
    let services = names.map(|name| Ok((name, recorded(&store.place, name, "starts")?)));
    let services: Vec<_> = services.into_iter().collect::<Result<_>>()?;
    write(&store.place, "record.json", &services)?;
    let with_record = [&REQUIRED[..], &["--rehearsal", "record.json"]].concat();
    run(&store.place, 0, &with_record)?;
    store.service("unsure", "script:/bin/start", &json!({}), true);
    std::fs::remove_dir_all(store.place.path("bundle"))?;
    store.check(1)?;
    let said = lines(&store.place, &with_record)?;
    let line = said.lines().find(|line| line.contains("not-rehearsed"));
    let line = line.context("no finding")?;
    assert!(
        line.contains("its rehearsal record is for another"),
        "{line}"
    );
    assert_eq!(said.matches("not-rehearsed:").count(), 1, "{said}");
    Ok(())
}

#[test]
fn the_policy_requires_it_of_some_services() -> Result<()> {
    let store = place()?;
    let place = &store.place;
    let audit = ["audit", "bundle", "--no-foresight", "--today", "2026-11-26"];
    for (policy, required) in [
        ("[[rule]]\nrequire-rehearsal = true\n", 2),
        (
            "[[rule]]\nservices = [\"un*\"]\nrequire-rehearsal = true\n",
            1,
        ),
        (
            "[[rule]]\nrequire-rehearsal = true\n[[rule]]\nservices = [\"lacking\"]\nrequire-rehearsal = false\n",
            1,
        ),
        (
            "[[rule]]\nrequire-rehearsal = true\n[[rule]]\nrequire-rehearsal = false\nreason = \"soon\"\nuntil = 2026-11-25\n",
            2,
        ),
        ("[[rule]]\nrequire-rehearsal = false\n", 0),
    ] {
        place.write("confinix.toml", policy)?;
        let (findings, _) = found(place, i32::from(required > 0), &audit)?;
        let count = findings
            .iter()
            .filter(|it| *it == "not-rehearsed deny")
            .count();
        assert_eq!(count, required, "{policy}");
        let (findings, _) = found(place, 1, &[&audit[..], &["--require-rehearsal"]].concat())?;
        let count = findings
            .iter()
            .filter(|it| *it == "not-rehearsed deny")
            .count();
        assert_eq!(count, 2, "{policy}");
    }
    place.write(
        "confinix.toml",
        "[[rule]]\nrequire-rehearsal = true\nreason = \"faces the world\"\n",
    )?;
    let said = run(place, 1, &audit)?.stdout;
    assert!(
        said.contains("(faces the world) [confinix.toml:2:21]"),
        "{said}"
    );
    // What `check` does not report, it neither requires nor takes a level for.
    let (findings, _) = found(place, 1, &["check", "bundle"])?;
    assert!(
        !findings.iter().any(|it| it.starts_with("not-rehearsed")),
        "{findings:?}"
    );
    run(place, 2, &["check", "bundle", "-D", "not-rehearsed"])?;
    Ok(())
}
