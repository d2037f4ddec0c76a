//! Limits of the exposure, from the policy and the command line: which count, what may exceed them, and what helps.

use std::fs;

use anyhow::{Context, Result};
use serde_json::Value;

use super::levels;
use crate::common::{OFFLINE, confinix, scratch};
use crate::support::Place;

#[test]
fn what_is_proposed_takes_the_level_below_the_limit() -> Result<()> {
    let scratch = scratch()?;
    let file = scratch.path().join("services.nix");
    let unit = |settings: &str| {
        format!(
            "let systemd.services.\"web\".serviceConfig = {{ {settings} }}; in {{ services.web = {{ confinement = {{ enable = true; binSh = null; }}; \
             serviceConfig = systemd.services.web.serviceConfig // {{ ExecStart = \"/bin/true\"; }}; }}; }}"
        )
    };
    let audit = |limit: &str| {
        confinix([
            "audit",
            "--no-policy",
            "--no-foresight",
            "--format",
            "json",
            "--exposure",
            limit,
            "-f",
        ])
        .arg(&file)
        .args(OFFLINE)
        .run()
    };
    for limit in ["7", "5", "4.5", "3"] {
        fs::write(&file, unit(""))?;
        let before = audit(limit)?.with_code(1)?.stdout;
        let document: Value = serde_json::from_str(&before)?;
        let paste = document["findings"][0]["remedies"][0]["paste"]
            .as_str()
            .context("no remedy")?;
        let settings = paste
            .strip_prefix("systemd.services.\"web\".serviceConfig = {\n")
            .and_then(|rest| rest.strip_suffix("\n};"))
            .with_context(|| paste.to_owned())?;
        fs::write(&file, unit(settings))?;
        audit(limit)?
            .with_code(0)
            .with_context(|| format!("{limit}: {settings}"))?;
    }
    Ok(())
}

#[test]
fn the_policy_limits_some_services_and_the_command_line_all() -> Result<()> {
    let place = Place::with_bundle()?;
    place.write(
        "confinix.toml",
        "[[rule]]\nmax-exposure = 10\n\n[[rule]]\nservices = [\"w*\"]\nmax-exposure = 0.5\nreason = \"faces the world\"\nissue = \"SEC-3\"\n\n\
         [[rule]]\nservices = [\"web\"]\nmax-exposure = 10.0\nuntil = 2026-11-30\nreason = \"soon\"\n",
    )?;
    let wiki = levels(&place, &["--today", "2026-11-01"])?;
    assert_eq!(wiki.keys().collect::<Vec<_>>(), ["wiki.service"]);
    assert!(
        wiki["wiki.service"]
            .1
            .ends_with("and the policy allows 0.5"),
        "{wiki:?}"
    );
    let both = levels(&place, &["--today", "2026-12-01"])?;
    assert_eq!(both.len(), 2);
    let text = place.stdout(1, &["audit", "bundle", "--today", "2026-12-01"])?;
    assert!(
        text.contains("(faces the world, SEC-3) [confinix.toml:6:16]"),
        "{text}"
    );
    assert!(text.contains("expired after 2026-11-30"), "{text}");
    assert!(text.contains("\n         max-exposure = "), "{text}");
    let all = levels(&place, &["--today", "2026-11-01", "--exposure", "1"])?;
    assert_eq!(all.len(), 3);
    place.expect(0, &["audit", "bundle", "--exposure", "10"])?;
    Ok(())
}

#[test]
fn exceptions_levels_and_a_baseline_count_for_it_too() -> Result<()> {
    let place = Place::with_bundle()?;
    place.write(
        "confinix.toml",
        "[[rule]]\nservices = [\"w*\"]\nallow = [{ code = \"exposure-above-limit\", reason = \"later\" }]\n",
    )?;
    let found = levels(&place, &["--exposure", "1"])?;
    assert_eq!(found.keys().collect::<Vec<_>>(), ["backup.service"]);
    place.expect(
        0,
        &[
            "audit",
            "bundle",
            "--exposure",
            "1",
            "-W",
            "exposure-above-limit",
        ],
    )?;
    let with = ["audit", "bundle", "--exposure", "1", "--baseline", "a.toml"];
    place.expect(0, &[&with[..], &["--update-baseline"]].concat())?;
    place.expect(0, &with)?;
    let tenths = found["backup.service"].0;
    place.edit("a.toml", &format!("amount = {tenths} "), "amount = 23 ")?;
    let grown = place.stdout(1, &with)?;
    assert!(grown.contains("; the baseline accepts 2.3"), "{grown}");
    Ok(())
}

#[test]
fn it_is_only_measured_where_there_is_a_limit() -> Result<()> {
    let place = Place::with_bundle()?;
    let without = |arguments: &[&str], code| {
        place
            .confinix(arguments)
            .env("PATH", place.path("nowhere"))
            .run()?
            .with_code(code)
    };
    without(&["audit", "bundle"], 0)?;
    place.write(
        "confinix.toml",
        "[[rule]]\nservices = [\"other\"]\nmax-exposure = 3\n[[rule]]\nmax-exposure = 3\nuntil = 2020-01-01\n",
    )?;
    without(&["audit", "bundle"], 0)?;
    place.write("confinix.toml", "[[rule]]\nmax-exposure = 3\n")?;
    without(&["audit", "bundle"], 3)?;
    without(&["report", "bundle"], 3)?;
    assert!(!place.path("report.html").exists());
    // Exposure is not part of `check`, which asks whether services start.
    let check = place
        .confinix(&["check", "bundle"])
        .env("PATH", place.path("nowhere"))
        .run()?;
    assert_ne!(check.code, Some(3), "{}", check.stderr);
    without(&["check", "bundle", "--exposure", "3"], 2)?;
    for wrong in ["11", "-1", "5.25", "nan", ""] {
        place.stderr(2, &["audit", "bundle", &format!("--exposure={wrong}")])?;
    }
    Ok(())
}
