//! Recordings of services that no store has.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::made::{self, Recording};
use crate::support::{bundle_json, confinix, drop_in, keys, scratch};

#[test]
fn ten_thousand_paths_and_hundreds_of_services_are_no_matter() -> Result<()> {
    const PATHS: usize = 10_000;
    const SERVICES: usize = 200;
    let graph: serde_json::Map<String, Value> = (0..PATHS)
        .map(|number| {
            let references: Vec<_> = [number / 2, number / 3, number.saturating_sub(1) / 7 * 2]
                .into_iter()
                .filter(|reference| *reference < number)
                .collect();
            (made::path(number), made::info(&references))
        })
        .collect();
    let services: serde_json::Map<String, Value> = (0..SERVICES)
        .map(|number| {
            let command = format!("{}/bin/x", made::path(PATHS - 1 - number));
            (format!("s{number}.service"), made::service(&command))
        })
        .collect();
    let value = json!({ "version": 1, "storeDir": "/nix/store", "services": services });
    let scratch = scratch()?;
    let recording = Recording::of(scratch.path(), &value, &graph.into())?;
    recording.bundle().succeeds()?;
    let json = bundle_json(&recording.out())?;
    assert_eq!(keys(&json["services"])?.len(), SERVICES);
    let closure = json["services"]["s0.service"]["closure"]
        .as_str()
        .context("no id")?;
    assert!(crate::support::closure_paths(&json, closure)?.contains(&made::path(0)));
    confinix(["verify", "--offline"])
        .arg(recording.out())
        .succeeds()?;
    confinix(["show"]).arg(recording.out()).succeeds()?;
    Ok(())
}

#[test]
fn a_service_that_names_no_store_path_sees_none() -> Result<()> {
    let scratch = scratch()?;
    let services = made::one("a.service", &made::service("/usr/bin/true"));
    let recording = Recording::of(scratch.path(), &services, &json!({}))?;
    recording.bundle().succeeds()?;
    assert!(!drop_in(&recording.out(), "a.service")?.contains("BindReadOnlyPaths"));
    let shown = confinix(["show", "out", "a"])
        .within(scratch.path())
        .succeeds()?
        .stdout;
    assert!(
        shown.contains("No closure roots: the service names no store path."),
        "{shown}"
    );
    Ok(())
}

#[test]
fn what_is_only_in_a_context_is_no_root() -> Result<()> {
    let scratch = scratch()?;
    let mut service = made::service(&made::path(0));
    service["exec"]["ExecStart"][0]["context"] =
        json!({ made::path(0): { "path": true }, made::path(1): { "path": true } });
    let recording = Recording::of(
        scratch.path(),
        &made::one("a.service", &service),
        &made::graph(&[&[], &[]]),
    )?;
    recording.bundle().succeeds()?;
    assert_eq!(
        keys(&bundle_json(&recording.out())?["paths"])?,
        [made::path(0)]
    );
    Ok(())
}

#[test]
fn a_command_that_is_taken_back_does_not_count() -> Result<()> {
    let scratch = scratch()?;
    let mut service = made::service(&made::path(0));
    service["exec"]["ExecStart"] = json!([
        made::text(&made::path(1)),
        made::text(""),
        made::text(&made::path(0))
    ]);
    let recording = Recording::of(
        scratch.path(),
        &made::one("a.service", &service),
        &made::graph(&[&[], &[]]),
    )?;
    recording.bundle().succeeds()?;
    let json = bundle_json(&recording.out())?;
    assert_eq!(
        json["services"]["a.service"]["roots"],
        json!([{ "origin": "ExecStart[2]", "path": made::path(0) }])
    );
    Ok(())
}

#[test]
fn names_that_systemd_allows_are_written_as_they_are() -> Result<()> {
    for name in [
        "a.service",
        "a@.service",
        "a@b.service",
        r"a\x2db:c_d.e.service",
        "a@b@c.service",
        "A-1.service",
    ] {
        let scratch = scratch()?;
        let services = made::one(name, &made::service(&made::path(0)));
        let recording = Recording::of(scratch.path(), &services, &made::graph(&[&[]]))?;
        recording.bundle().succeeds()?;
        drop_in(&recording.out(), name)?;
        confinix(["verify", "--offline", "out"])
            .within(scratch.path())
            .succeeds()?;
        confinix(["show", "out", name])
            .within(scratch.path())
            .succeeds()?;
    }
    Ok(())
}
