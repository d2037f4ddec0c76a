//! Findings of one cause, which people read as one and programs one by one.

use anyhow::Result;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::case::Case;
use crate::common::confinix;

/// A service that lacks three commands of one package, one of them perhaps and in two places, and a file.
fn case() -> Result<Case> {
    let mut case = Case::new()?;
    case.script(
        "start",
        "rm -f /tmp/x\nln -s a /tmp/x\nif [ -e \"$HOME\" ]; then date; fi\n[ -z \"$LANG\" ] || date -u\nshell:/bin/cat /etc/web",
    )?;
    case.add(
        "web",
        "script:/bin/start",
        &json!({ "Environment": ["PATH=shell:/bin"] }),
    );
    Ok(case)
}

#[test]
fn people_read_findings_of_one_cause_as_one() -> Result<()> {
    let case = case()?;
    let mut said = case.0.check(1)?;
    for format in ["markdown", "github", "junit"] {
        let text = case
            .0
            .place
            .stdout(1, &["check", "bundle", "--format", format])?;
        said.extend(["== ", format, "\n"]);
        let text = text.replace(case.0.dir(), "/nix/store");
        let shown = text.lines().filter(|line| line.contains("coreutils"));
        said.extend(shown.map(|line| format!("{line}\n")));
    }
    assert_snapshot!(said);
    Ok(())
}

#[test]
fn programs_and_baselines_have_each_finding_with_its_places() -> Result<()> {
    let case = case()?;
    case.0.check(1)?;
    let text = case
        .0
        .place
        .stdout(1, &["check", "bundle", "--format", "json"])?;
    let document: Value = serde_json::from_str(&text)?;
    let findings = document["findings"].as_array().cloned().unwrap_or_default();
    let listed: Vec<_> = findings
        .iter()
        .map(|finding| {
            let places = finding["evidence"].as_array().map_or(0, Vec::len);
            format!("{} {} {places}", finding["level"], finding["subject"])
        })
        .collect();
    assert_eq!(
        listed,
        [
            "\"deny\" \"/etc/web\" 1",
            "\"deny\" \"ln\" 1",
            "\"deny\" \"rm\" 1",
            "\"warn\" \"date\" 2"
        ]
    );
    assert_eq!(document["summary"]["denied"], 3);
    let accepting = ["check", "bundle", "--baseline", "accepted.toml"];
    let place = &case.0.place;
    confinix([
        "audit",
        "bundle",
        "--update-baseline",
        "--baseline",
        "accepted.toml",
    ])
    .within(place.path(""))
    .succeeds()?;
    assert_eq!(
        place
            .read("accepted.toml")?
            .matches("script-command-missing")
            .count(),
        3
    );
    place.stdout(0, &accepting)?;
    place.edit("accepted.toml", "subject = \"ln\"", "subject = \"old\"")?;
    let said = place.stdout(1, &accepting)?;
    assert!(said.contains("calls ln, which"), "{said}");
    Ok(())
}

#[test]
fn what_many_services_share_is_told_once() -> Result<()> {
    let mut case = Case::new()?;
    case.script("start", "ln -s a /tmp/x")?;
    for number in 10..40 {
        let name = format!("web{number}");
        case.add(&name, "script:/bin/start", &json!({}));
    }
    let said = case.0.check(1)?;
    assert_eq!(said.matches("calls ln").count(), 1, "{said}");
    assert!(said.starts_with("web10.service, web11.service, "), "{said}");
    assert!(said.contains("and 22 more\n"), "{said}");
    assert!(
        said.contains("the same for 22 more services, which --verbose prints\n"),
        "{said}"
    );
    let place = &case.0.place;
    let verbose = place.expect(1, &["check", "bundle", "--verbose"])?.stdout;
    for number in 10..40 {
        let fix = format!("systemd.services.\"web{number}\".confinement.packages = ");
        assert!(verbose.contains(&fix), "{fix} is missing in {verbose}");
    }
    Ok(())
}
