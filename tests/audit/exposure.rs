//! The exposure of services according to this machine's `systemd-analyze`. Levels differ between versions of systemd, so no snapshot
//! contains one.

mod limits;

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result, ensure};
use insta::assert_snapshot;
use serde_json::Value;

use crate::common::{OFFLINE, bundle, confinix, copy, fake, program, scratch};
use crate::support::{Place, RECORDING};

/// Returns the exposure findings of a run in JSON: level in tenths and message, by service.
fn found(json: &str) -> Result<BTreeMap<String, (u64, String)>> {
    let document: Value = serde_json::from_str(json)?;
    let findings = document["findings"].as_array().context("no findings")?;
    findings
        .iter()
        .filter(|finding| finding["code"] == "exposure-above-limit")
        .map(|finding| {
            let text = |key: &str| Some(finding[key].as_str()?.to_owned());
            Ok((
                text("service").context("no service")?,
                (
                    finding["amount"].as_u64().context("no amount")?,
                    text("message").context("no message")?,
                ),
            ))
        })
        .collect()
}

fn levels(place: &Place, arguments: &[&str]) -> Result<BTreeMap<String, (u64, String)>> {
    let base = ["audit", "bundle", "--format", "json"];
    let ran = place
        .confinix(&[&base[..], arguments].concat())
        .run()?
        .with_code(1)?;
    ensure!(ran.stderr.is_empty(), "{}", ran.stderr);
    found(&ran.stdout)
}

/// The settings of the unit below, which NixOS would write: some affect the level, some do not.
const OWN: [(&str, &str); 6] = [
    ("NoNewPrivileges", "true"),
    ("CapabilityBoundingSet", "CAP_NET_BIND_SERVICE"),
    ("SystemCallFilter", "@system-service"),
    ("SystemCallFilter", "~@privileged"),
    ("User", "web"),
    ("PrivateUsers", "false"),
];

/// The recording with those settings in one service.
fn hardened() -> Result<Place> {
    let place = Place::new()?;
    let mut services: Value = serde_json::from_str(&place.read("services.json")?)?;
    let settings = &mut services["services"]["web.service"]["settings"];
    for (name, value) in OWN {
        let settings = settings.as_object_mut().context("no settings")?;
        let values = settings
            .entry(name)
            .or_insert_with(|| Value::Array(Vec::new()));
        values.as_array_mut().context("no list")?.push(value.into());
    }
    place.write("services.json", &services.to_string())?;
    place.bundle("bundle")?;
    Ok(place)
}

#[test]
fn the_level_is_that_of_the_unit_with_its_drop_in() -> Result<()> {
    let place = hardened()?;
    let found = levels(&place, &["--exposure", "0"])?;
    // The same by hand: the unit as NixOS writes it, and the drop-in of the bundle.
    let units = place.path("root/etc/systemd/system");
    fs::create_dir_all(&units)?;
    copy(&place.path("bundle/lib/systemd/system"), &units)?;
    let own: String = OWN
        .iter()
        .flat_map(|(name, value)| [name, "=", value, "\n"])
        .collect();
    let unit = format!("[Service]\nExecStart=/nix/store/x/bin/web\n{own}");
    fs::write(units.join("web.service"), unit)?;
    let ran = program(
        "systemd-analyze",
        ["security", "--offline=true", "--no-pager", "--root"],
    )
    .arg(place.path("root"))
    .arg("web.service")
    .succeeds()?;
    let level = ran
        .stdout
        .split("Overall exposure level for web.service: ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next())
        .context("no level")?;
    let (tenths, message) = &found["web.service"];
    assert_eq!(format!("{}.{}", tenths / 10, tenths % 10), level);
    assert!(
        message.starts_with(&format!("the exposure level is {level} by systemd 2")),
        "{message}"
    );
    assert!(
        message.ends_with(", and --exposure allows 0.0"),
        "{message}"
    );
    assert!(found["wiki.service"].0 > *tenths, "{found:?}");
    Ok(())
}

#[test]
fn templates_instances_and_odd_names_are_judged() -> Result<()> {
    let scratch = scratch()?;
    let file = scratch.path().join("services.nix");
    fs::write(
        &file,
        r#"let unit = { confinement = { enable = true; binSh = null; }; serviceConfig = { ExecStart = "/bin/true"; User = "root"; }; }; of = user: unit // { serviceConfig = unit.serviceConfig // { User = user; }; }; in
        { services = { "a@" = of "%i"; "a@b" = of "%i"; "a-b" = unit; "a-" = unit; "x\\x2dy" = unit; dbus = of "dbus"; "a@x" = of "root"; }; }"#,
    )?;
    let ran = confinix([
        "audit",
        "--no-policy",
        "--format",
        "json",
        "--exposure",
        "0",
        "-f",
    ])
    .arg(&file)
    .args(OFFLINE)
    .run()?
    .with_code(1)?;
    let found = found(&ran.stdout)?;
    assert_eq!(found.len(), 7);
    let roots: Vec<_> = ["a-b.service", "a-.service", r"x\x2dy.service"]
        .iter()
        .map(|name| found[*name].0)
        .collect();
    assert!(
        found.values().all(|(level, _)| *level <= roots[0]),
        "{found:?}"
    );
    assert!(roots.iter().all(|level| *level == roots[0]), "{found:?}");
    assert!(found["a@.service"].0 < roots[0], "{found:?}");
    assert_eq!(found["a@.service"].0, found["a@b.service"].0);
    Ok(())
}

/// Runs an audit with this script as `systemd-analyze`.
fn with_fake(place: &Place, script: &str, arguments: &[&str]) -> Result<String> {
    let path = fake(&place.path("."), &["systemd-analyze"], script)?;
    let ran = place
        .confinix(arguments)
        .env("PATH", path)
        .run()?
        .with_code(3)?;
    ensure!(ran.stdout.is_empty(), "{}", ran.stdout);
    Ok(ran.stderr)
}

#[test]
fn without_a_fit_systemd_analyze_there_is_no_answer() -> Result<()> {
    let place = Place::with_bundle()?;
    let audit = ["audit", "bundle", "--exposure", "5"];
    let ran = place
        .confinix(&audit)
        .env("PATH", place.path("nowhere"))
        .run()?
        .with_code(3)?;
    let mut said = ran.stderr;
    for script in [
        "echo 'systemd 249 (249.11)'",
        "echo nonsense",
        "[ \"$1\" = --version ] && echo 'systemd 255 (255)' || { echo 'Unit web.service has a bad unit file setting.' >&2; exit 1; }",
        "echo 'systemd 255 (255)'",
        "[ \"$1\" = --version ] && echo 'systemd 255 (255)' || for u in 1 2 3; do echo \"x Overall exposure level for $u: much\"; done",
    ] {
        said.push_str(&with_fake(&place, script, &audit)?);
    }
    assert_snapshot!(said);
    Ok(())
}

#[test]
fn every_format_and_the_report_have_it() -> Result<()> {
    let place = Place::with_bundle()?;
    for format in ["human", "sarif", "github", "markdown", "junit"] {
        let text = place.stdout(
            1,
            &["audit", "bundle", "--exposure", "1", "--format", format],
        )?;
        assert!(text.contains("exposure-above-limit"), "{format}");
        assert!(text.contains("CapabilityBoundingSet"), "{format}: {text}");
    }
    place.stdout(0, &["report", "bundle", "--exposure", "1"])?;
    assert!(place.read("report.html")?.contains("the exposure level is"));
    Ok(())
}

#[test]
fn units_of_packages_have_all_their_settings() -> Result<()> {
    let place = Place::new()?;
    let units = place.path("units");
    fs::create_dir_all(units.join("a.service.d"))?;
    let shell = "/nix/store/gifsz7j72p5qsmridbr092pk1mg9zmcb-shell-5.2/bin/sh";
    fs::write(
        units.join("a.service"),
        format!("[Service]\nExecStart={shell}\n"),
    )?;
    fs::write(
        units.join("b.service"),
        format!("[Service]\nExecStart={shell}\n"),
    )?;
    fs::write(
        units.join("a.service.d/harder.conf"),
        "[Service]\nCapabilityBoundingSet=\nPrivateNetwork=yes\n",
    )?;
    bundle([
        "--units",
        "units",
        "--all",
        "--graph",
        "graph.json",
        "-o",
        "bundle",
    ])
    .within(place.path("."))
    .succeeds()?;
    let found = levels(&place, &["--exposure", "0"])?;
    assert!(
        found["a.service"].0 + 20 < found["b.service"].0,
        "{found:?}"
    );
    let recorded = [&["audit"][..], &RECORDING, &["--exposure", "10"]].concat();
    place.stdout(0, &recorded)?;
    Ok(())
}
