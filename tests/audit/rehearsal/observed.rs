//! Records of services that were observed where they are deployed.

use anyhow::{Context, Result};
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{place, recorded, run, write};
use crate::support::Place;

const HASH: &str = "0c0dfghijklmnpqrsvwxyz0123456789";

/// The record of an observation of a service of the bundle.
fn observed(place: &Place, service: &str, executed: &[&str]) -> Result<Value> {
    let mut recorded = recorded(place, service, "observed")?;
    let all = recorded.as_object_mut().context("no object")?;
    all.remove("control");
    let executed: Vec<_> = executed
        .iter()
        .map(|name| format!("{HASH}-{name}"))
        .collect();
    let observation = json!({
        "closurePaths": 3,
        "within": { "executed": executed, "opened": [format!("{HASH}-web/share/"), format!("{HASH}-web/x")] },
        "untouched": [format!("{HASH}-data")],
        "incomplete": false,
    });
    all.insert("observation".to_owned(), observation);
    all.insert("seconds".to_owned(), 60.into());
    Ok(recorded)
}

const AUDIT: [&str; 6] = [
    "audit",
    "bundle",
    "--no-policy",
    "--no-foresight",
    "--rehearsal",
    "seen.json",
];

#[test]
fn an_observation_is_no_rehearsal() -> Result<()> {
    let store = place()?;
    let place = &store.place;
    let seen = observed(place, "unsure", &["web/bin/web"])?;
    write(place, "seen.json", &[("unsure", seen)])?;
    let said = run(place, 2, &AUDIT)?.stderr;
    assert_snapshot!(said, @"confinix: --rehearsal seen.json has no effect: the record has no rehearsal of the services: drop it, or name another");
    let rehearsed = ["unsure", "lacking"].map(|name| Ok((name, recorded(place, name, "starts")?)));
    let rehearsed: Vec<_> = rehearsed.into_iter().collect::<Result<_>>()?;
    write(place, "record.json", &rehearsed[1..])?;
    let seen = observed(place, "unsure", &["web/bin/web"])?;
    write(
        place,
        "seen.json",
        &[("unsure", seen), rehearsed[1].clone()],
    )?;
    let required = [&AUDIT[..], &["--require-rehearsal"]].concat();
    let said = run(place, 1, &required)?.stdout;
    assert!(said.contains("no record of a rehearsal has it"), "{said}");
    // Beside it, a rehearsal counts as before.
    write(place, "record.json", &rehearsed)?;
    run(
        place,
        0,
        &[&required[..], &["--rehearsal", "record.json"]].concat(),
    )?;
    Ok(())
}

#[test]
fn show_has_what_was_found_out() -> Result<()> {
    let store = place()?;
    let place = &store.place;
    let seen = observed(place, "unsure", &["web/bin/web", "web/bin/x\u{1b}[2J"])?;
    let mut other = recorded(place, "lacking", "fails")?;
    other["holdsFor"]["closure"] = "other".into();
    write(place, "seen.json", &[("unsure", seen), ("lacking", other)])?;
    write(
        place,
        "record.json",
        &[("unsure", recorded(place, "unsure", "starts-with-changes")?)],
    )?;
    let records = ["--rehearsal", "seen.json", "--rehearsal", "record.json"];
    let all = run(place, 0, &[&["show", "bundle"], &records[..]].concat())?.stdout;
    let (_, found) = all.split_once("store paths of ").context("no summary")?;
    let (_, found) = found.split_once('\n').unwrap_or_default();
    assert_snapshot!(found, @r"
    observed: unsure
    recorded with another closure, drop-in or unit: lacking
    rehearsed, starts: unsure
    ");
    let one = run(
        place,
        0,
        &[&["show", "bundle", "unsure"], &records[..]].concat(),
    )?
    .stdout;
    let found: Vec<_> = one
        .lines()
        .skip_while(|line| !line.starts_with("/bin/sh:"))
        .skip(1)
        .take_while(|line| !line.is_empty())
        .collect();
    assert_snapshot!(found.join("\n"), @r"
    observed for 60 s: opened 2 of 3 paths of its closure
      executed: 0c0dfghijklmnpqrsvwxyz0123456789-web/bin/web, 0c0dfghijklmnpqrsvwxyz0123456789-web/bin/x\u{1b}[2J
      not opened: 0c0dfghijklmnpqrsvwxyz0123456789-data
      opened: 2 more files, of which 1 is a directory
    rehearsed, starts
    ");
    let json = || -> Result<Value> {
        let ran = run(
            place,
            0,
            &[&["show", "--json", "bundle"], &records[..]].concat(),
        )?;
        Ok(serde_json::from_str(&ran.stdout)?)
    };
    let verdicts = |records: &Value| {
        let records = records.as_array().into_iter().flatten();
        let verdicts = records.map(|record| record["verdict"].clone());
        verdicts.collect::<Vec<_>>()
    };
    let all = json()?;
    let lacking = all["services"].as_array().context("no services")?;
    let lacking = lacking.iter().find(|row| row["name"] == "lacking.service");
    assert_eq!(lacking.context("no row")?["records"], json!([]));
    let ran = run(
        place,
        0,
        &[&["show", "--json", "bundle", "unsure"], &records[..]].concat(),
    )?;
    let one: Value = serde_json::from_str(&ran.stdout)?;
    assert_eq!(
        verdicts(&one["records"]),
        ["observed", "starts-with-changes"]
    );
    assert_eq!(one["records"][0]["observation"]["closurePaths"], 3);
    let said = run(
        place,
        2,
        &["show", "bundle", "lacking", "--rehearsal", "record.json"],
    )?
    .stderr;
    assert_snapshot!(said, @"confinix: --rehearsal record.json has no effect: the record has nothing about what is shown: drop it, or name another");
    Ok(())
}

#[test]
fn a_record_without_what_its_verdict_is_about_is_refused() -> Result<()> {
    let store = place()?;
    let place = &store.place;
    for (verdict, key) in [("observed", "observation"), ("starts", "control")] {
        let mut broken = observed(place, "unsure", &[])?;
        broken["verdict"] = verdict.into();
        let broken_keys = broken.as_object_mut().context("no object")?;
        broken_keys.remove(key);
        let record = json!({ "version": 1, "services": { "unsure.service": broken } });
        place.write("seen.json", &record.to_string())?;
        let said = run(place, 3, &AUDIT)?.stderr;
        let missing = format!("services.unsure.service: missing field `{key}`");
        assert!(said.contains(&missing), "{said}");
        assert!(!crate::common::schemas::complaints("rehearsal", &record)?.is_empty());
    }
    Ok(())
}
