//! `confinix sbom --vex`: which services advisories are about.

use anyhow::{Context, Result, ensure};
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::published::check_cyclonedx;
use crate::support::Place;

/// An advisory in OSV's schema about versions of a package.
fn osv(id: &str, ecosystem: &str, name: &str, events: &Value) -> Value {
    json!({
        "schema_version": "1.6.0", "id": id, "modified": "2026-01-01T00:00:00Z", "summary": format!("An overflow in {name}"),
        "affected": [{
            "package": { "ecosystem": ecosystem, "name": name },
            "ranges": [{ "type": "ECOSYSTEM", "events": events }]
        }]
    })
}

/// One advisory of each kind of file.
fn advisories(place: &Place) -> Result<()> {
    let fixed = |version: &str| json!([{ "introduced": "0" }, { "fixed": version }]);
    let list = json!([
        osv("OSV-1", "OSS-Fuzz", "tls", &fixed("3.6")),
        osv("OSV-2", "OSS-Fuzz", "SQLite", &fixed("3.50")),
        osv("OSV-3", "Debian:12", "tls", &fixed("3.5.0-2+deb12u1")),
        osv("OSV-4", "crates.io", "tls", &fixed("9")),
        osv("OSV-5", "OSS-Fuzz", "nowhere", &fixed("9")),
        osv("OSV-6", "Nixpkgs", "nowhere", &fixed("9")),
        { "id": "OSV-7", "modified": "", "withdrawn": "2026-02-02T00:00:00Z" },
    ]);
    place.write("osv.json", &list.to_string())?;
    let csaf = json!({
        "document": { "title": "Archiver", "tracking": { "id": "SA-7" } },
        "product_tree": { "full_product_names": [
            { "product_id": "P1", "name": "archiver", "product_identification_helper": { "purl": "pkg:nix/archiver@0.16" } },
            { "product_id": "P2", "name": "Archiver Pro" }
        ] },
        "vulnerabilities": [{ "cve": "CVE-2026-7", "product_status": { "known_affected": ["P1", "P2"] } }]
    });
    place.write("csaf.json", &csaf.to_string())?;
    let vulnix = json!([{
        "name": "shell-5.2", "pname": "shell", "version": "5.2", "derivation": "/nix/store/x.drv",
        "affected_by": ["CVE-2026-8"], "whitelisted": ["CVE-2020-1"], "cvssv3_basescore": { "CVE-2026-8": 7.5 }
    }]);
    place.write("vulnix.json", &vulnix.to_string())?;
    let bundle: Value = serde_json::from_str(&place.read("bundle/bundle.json")?)?;
    let paths = bundle["paths"].as_object().context("no paths")?;
    let wiki = paths
        .keys()
        .find(|path| path.ends_with("-wiki-4.1"))
        .context("no wiki")?;
    let grype = json!({
        "descriptor": { "name": "grype" },
        "matches": [{
            "vulnerability": { "id": "GHSA-9", "description": "A module in it", "severity": "High" },
            "relatedVulnerabilities": [{ "id": "CVE-2026-9" }],
            "artifact": {
                "name": "golang.org/x/net", "version": "v0.1.0", "type": "go-module",
                "purl": "pkg:golang/golang.org/x/net@v0.1.0", "locations": [{ "path": format!("{wiki}/bin/wiki") }]
            }
        }]
    });
    place.write("grype.json", &grype.to_string())
}

const FILES: [&str; 8] = [
    "--vex",
    "osv.json",
    "--vex",
    "csaf.json",
    "--vex",
    "vulnix.json",
    "--vex",
    "grype.json",
];

fn sbom(arguments: &[&'static str]) -> Vec<&'static str> {
    [&["sbom", "bundle"][..], &FILES, arguments].concat()
}

#[test]
fn people_see_which_services_have_the_component() -> Result<()> {
    let place = Place::with_bundle()?;
    advisories(&place)?;
    let told = place.stdout(1, &sbom(&["--format", "human"]))?;
    assert_snapshot!(told.replace("its files are not on this machine", "0 executables"));
    Ok(())
}

#[test]
fn scripts_get_every_service() -> Result<()> {
    let place = Place::with_bundle()?;
    advisories(&place)?;
    let told: Value = serde_json::from_str(&place.stdout(1, &sbom(&["--json"]))?)?;
    let status = |id: &str| -> Result<Vec<String>> {
        let advisories = told["advisories"].as_array().context("no advisories")?;
        let advisory = advisories
            .iter()
            .find(|advisory| advisory["id"] == id)
            .context("no advisory")?;
        let services = advisory["services"].as_array().into_iter().flatten();
        Ok(services
            .map(|service| service["status"].as_str().unwrap_or_default().to_owned())
            .collect())
    };
    let none = "component_not_present";
    // backup, web and wiki
    assert_eq!(status("OSV-1")?, ["affected", "affected", none]);
    assert_eq!(status("OSV-2")?, ["unaffected", none, "unaffected"]);
    assert_eq!(status("OSV-3")?, ["unknown", "unknown", none]);
    assert_eq!(status("OSV-4")?, ["unknown"; 3]);
    assert_eq!(status("OSV-5")?, ["unknown"; 3]);
    assert_eq!(status("OSV-6")?, [none; 3]);
    // One of its products is not identified.
    assert_eq!(status("CVE-2026-7")?, ["affected", "unknown", "unknown"]);
    assert_eq!(status("CVE-2026-8")?, [none, none, "affected"]);
    assert_eq!(status("GHSA-9")?, ["unknown", "unknown", "affected"]);
    let left_out = told["leftOut"].as_array().context("nothing is left out")?;
    let lines: Vec<_> = left_out.iter().filter_map(Value::as_str).collect();
    assert_snapshot!(lines.join("\n"));
    Ok(())
}

#[test]
fn cyclonedx_has_an_analysis_for_each_status() -> Result<()> {
    let place = Place::with_bundle()?;
    advisories(&place)?;
    let bill = check_cyclonedx(&place.stdout(1, &sbom(&[]))?)?;
    let vulnerabilities = bill["vulnerabilities"]
        .as_array()
        .context("no vulnerabilities")?;
    let of = |id: &str| -> Vec<_> {
        let of = vulnerabilities
            .iter()
            .filter(|vulnerability| vulnerability["id"] == id);
        of.cloned().collect()
    };
    assert_snapshot!(serde_json::to_string_pretty(&of("OSV-1"))?);
    // Everything that is referred to exists, and each analysis has a name of its own.
    let mut names: Vec<_> = vulnerabilities
        .iter()
        .map(|one| one["bom-ref"].to_string())
        .collect();
    names.dedup();
    assert_eq!(names.len(), vulnerabilities.len());
    let items =
        ["components", "services"].map(|key| bill[key].as_array().cloned().unwrap_or_default());
    let known: Vec<_> = items
        .iter()
        .flatten()
        .map(|item| &item["bom-ref"])
        .collect();
    for vulnerability in vulnerabilities {
        for affects in vulnerability["affects"].as_array().into_iter().flatten() {
            ensure!(known.contains(&&affects["ref"]), "{affects}");
        }
    }
    Ok(())
}

#[test]
fn only_an_affected_version_is_a_no() -> Result<()> {
    let place = Place::with_bundle()?;
    let events = json!([{ "introduced": "0" }, { "last_affected": "3.4" }]);
    place.write(
        "old.json",
        &osv("OLD", "OSS-Fuzz", "tls", &events).to_string(),
    )?;
    place.stdout(0, &["sbom", "bundle", "--vex", "old.json"])?;
    let events = json!([{ "introduced": "3.5" }]);
    place.write(
        "new.json",
        &osv("NEW", "OSS-Fuzz", "tls", &events).to_string(),
    )?;
    place.stdout(1, &["sbom", "bundle", "--vex", "new.json"])?;
    place.stdout(0, &["sbom", "bundle", "--vex", "new.json", "-s", "wiki"])?;
    Ok(())
}

#[test]
fn names_of_advisories_have_no_effect() -> Result<()> {
    let place = Place::with_bundle()?;
    let events = json!([{ "introduced": "0" }]);
    let mut hostile = osv("\u{1b}[2J::error::x", "OSS-Fuzz", "tls", &events);
    hostile["summary"] = "line\n::warning::\u{202e}x".into();
    hostile["aliases"] = json!(["##[group]"]);
    place.write("osv.json", &hostile.to_string())?;
    for format in ["human", "json", "cyclonedx"] {
        let text = place.stdout(
            1,
            &["sbom", "bundle", "--vex", "osv.json", "--format", format],
        )?;
        for part in ["\u{1b}", "\u{202e}", "\n::", "##["] {
            ensure!(!text.contains(part), "{format} has {part:?}");
        }
    }
    Ok(())
}
