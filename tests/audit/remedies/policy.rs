//! Remedies in the policy: exceptions and limits.

use std::fs;

use anyhow::{Context, Result};
use serde_json::json;

use crate::case::Case;
use crate::support::Place;

/// One policy with all printed exceptions leaves no findings.
#[test]
fn every_exception_works() -> Result<()> {
    let mut case = Case::new()?;
    case.add("x@a", "/usr/bin/absent \\x2d", &json!({ "Type": ["dbus"] }));
    case.add("reads", "shell:/bin/cat /etc/hosts", &json!({}));
    case.add(
        "store",
        "shell:/bin/cat data:/file",
        &json!({ "BindPaths": ["/nix/store"] }),
    );
    let settings = json!({ "PrivateUsers": ["no"], "BindPaths": ["\"/srv/a b:/x\""] });
    case.add("settings", "shell:/bin/sh", &settings);
    case.0.check(1)?;
    let place = &case.0.place;
    all_excepted(place, &["audit", "bundle"])?;
    let place = Place::with_bundle()?;
    place.write(
        "confinix.toml",
        "[[rule]]\ndeny = [\"tls\"]\nrequire = [\"nss-cacert\"]\nmax-paths = 1\nrequire-rehearsal = true\n",
    )?;
    all_excepted(&place, &["audit", "bundle", "--no-foresight"])
}

fn all_excepted(place: &Place, audit: &[&str]) -> Result<()> {
    let policy = place.read("confinix.toml").unwrap_or_default();
    let json = [audit, &["--format", "json"]].concat();
    let said = crate::common::confinix(&json)
        .within(place.path("."))
        .run()?
        .with_code(1)?;
    let found = super::Found::read(&said.stdout)?;
    let mut policy = policy;
    for finding in found.iter() {
        let exception = finding
            .remedies
            .iter()
            .find(|remedy| remedy.what.ends_with("in confinix.toml"));
        let exception = exception.with_context(|| format!("no exception: {finding:#?}"))?;
        policy.extend(["\n", &exception.paste, "\n"]);
    }
    fs::write(place.path("confinix.toml"), &policy)?;
    let again = crate::common::confinix(&json)
        .within(place.path("."))
        .run()?;
    let again = super::Found::read(&again.stdout).with_context(|| again.stderr)?;
    assert_eq!(
        again.iter().count(),
        0,
        "{policy}\n{:#?}",
        again.iter().collect::<Vec<_>>()
    );
    Ok(())
}
