//! `confinix sbom` of several hosts.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::published::{check_cyclonedx, check_spdx};
use crate::common::{OFFLINE, Run, confinix, scratch};

/// Two hosts that see a library, one that does not, and one that can't be evaluated.
const HOSTS: &str = r#"
let
  file = builtins.toFile;
  library = file "openssl-1.1.1" "";
  service = text: { confinement.enable = true; serviceConfig.ExecStart = text; };
  web = service "${file "web-1.0" "runs ${library}"}";
  plain = service "${file "plain-1.0" ""}";
in
{
  db.services = { inherit plain; };
  web1.services = { inherit plain web; };
  web2.services = { inherit plain web; };
  broken = throw "this host is broken";
}
"#;

/// Writes the hosts and an advisory about the library.
fn prepare(directory: &Path) -> Result<()> {
    fs::write(directory.join("hosts.nix"), HOSTS)?;
    let range =
        json!({ "type": "ECOSYSTEM", "events": [{ "introduced": "0" }, { "fixed": "3.0" }] });
    let advisory = json!({
        "id": "CVE-1", "modified": "", "summary": "An overflow",
        "affected": [{ "package": { "ecosystem": "Nixpkgs", "name": "openssl" }, "ranges": [range] }]
    });
    Ok(fs::write(directory.join("osv.json"), advisory.to_string())?)
}

pub(super) fn sbom(directory: &Path, arguments: &[&str]) -> Run {
    let run = confinix(["sbom", "-f", "hosts.nix"]).args(OFFLINE);
    run.args(arguments).within(directory)
}

/// Writes the bundles of the sound hosts.
fn make_bundles(directory: &Path) -> Result<()> {
    let run = confinix(["bundle", "-f", "hosts.nix", "-o", "bundles"]);
    run.args(SOUND).args(OFFLINE).within(directory).succeeds()?;
    Ok(())
}

const SOUND: [&str; 4] = ["--hosts", "web*", "--hosts", "db"];

fn reference(item: &Value) -> String {
    let name = item.get("bom-ref").or(item.get("ref"));
    name.and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[test]
fn a_fleet_has_each_component_once_and_every_service_of_every_host() -> Result<()> {
    let scratch = scratch()?;
    prepare(scratch.path())?;
    let text = sbom(scratch.path(), &SOUND).succeeds()?.stdout;
    let bill = check_cyclonedx(&text)?;
    let list = |key: &str| bill[key].as_array().cloned().unwrap_or_default();
    let services: Vec<_> = list("services").iter().map(reference).collect();
    assert_eq!(
        services,
        [
            "db:plain.service",
            "web1:plain.service",
            "web1:web.service",
            "web2:plain.service",
            "web2:web.service"
        ]
    );
    assert_eq!(list("services")[1]["group"], "web1");
    let names: Vec<_> = list("components")
        .iter()
        .map(|one| one["name"].clone())
        .collect();
    let names = json!(names).to_string();
    assert_eq!(names.matches("\"openssl\"").count(), 1, "{names}");
    // A host depends on its services.
    let dependencies = list("dependencies");
    let of_host = dependencies.iter().find(|one| one["ref"] == "web1");
    let of_host = of_host.context("the host has no dependencies")?;
    assert_eq!(
        of_host["dependsOn"],
        json!(["web1:plain.service", "web1:web.service"])
    );
    let known: BTreeSet<_> = list("components")
        .iter()
        .chain(&list("services"))
        .map(reference)
        .collect();
    for one in &dependencies {
        let depends = one["dependsOn"].as_array().into_iter().flatten();
        for name in depends.filter_map(Value::as_str) {
            ensure!(known.contains(name), "{name} is missing");
        }
    }
    let spdx = sbom(scratch.path(), &SOUND).args(["--format", "spdx"]);
    let spdx = check_spdx(&spdx.succeeds()?.stdout)?;
    let related = |kind: &str| {
        let all = spdx["relationships"].as_array().into_iter().flatten();
        let of_kind = all.filter(|one| one["relationshipType"] == kind);
        of_kind.count()
    };
    assert_eq!((related("DESCRIBES"), related("CONTAINS")), (3, 5));
    Ok(())
}

#[test]
fn the_same_hosts_have_the_same_bill_however_they_are_named() -> Result<()> {
    let scratch = scratch()?;
    prepare(scratch.path())?;
    make_bundles(scratch.path())?;
    let evaluated = || sbom(scratch.path(), &SOUND).args(["--strategy", "bind"]);
    let expected = evaluated().succeeds()?.stdout;
    for arguments in [
        &["bundles"][..],
        &["bundles/web2", "bundles/db", "bundles/web1"],
    ] {
        let ran = confinix(["sbom"]).args(arguments).within(scratch.path());
        ensure!(ran.succeeds()?.stdout == expected, "{arguments:?}");
    }
    let one_by_one = evaluated().args(["--eval-workers", "1"]);
    ensure!(one_by_one.succeeds()?.stdout == expected, "one worker");
    Ok(())
}

#[test]
fn advisories_are_compared_with_the_services_of_every_host() -> Result<()> {
    let scratch = scratch()?;
    prepare(scratch.path())?;
    let vex = |format: &str| {
        let run = sbom(scratch.path(), &SOUND).args(["--vex", "osv.json", "--format", format]);
        Ok::<_, anyhow::Error>(run.run()?.with_code(1)?.stdout)
    };
    let told = vex("human")?;
    let (_, told) = told.split_once("\n\n").context("no table")?;
    let hash = told
        .split_once("service: ")
        .or(told.split_once("): "))
        .and_then(|(_, rest)| rest.split_once('-'))
        .context("no store path")?
        .0
        .to_owned();
    assert_snapshot!(told.replace(&hash, "HASH"));
    let told: Value = serde_json::from_str(&vex("json")?)?;
    let advisory = &told["advisories"][0];
    let services = advisory["services"].as_array().into_iter().flatten();
    let services: Vec<_> = services
        .map(|one| json!([one["host"], one["name"], one["status"]]))
        .collect();
    let (absent, affected) = ("component_not_present", "affected");
    assert_eq!(
        services,
        [
            json!(["web1", "plain.service", absent]),
            json!(["web1", "web.service", affected]),
            json!(["web2", "plain.service", absent]),
            json!(["web2", "web.service", affected]),
        ]
    );
    assert_eq!(
        advisory["otherHosts"],
        json!({ "status": absent, "hosts": ["db"] })
    );
    // A host stands for all of its services.
    let bill = check_cyclonedx(&vex("cyclonedx")?)?;
    let vulnerabilities = bill["vulnerabilities"].as_array().into_iter().flatten();
    let affects = vulnerabilities.map(|one| {
        let affects = one["affects"].as_array().into_iter().flatten();
        affects.map(reference).filter(|name| !name.starts_with('/'))
    });
    let affects: Vec<Vec<_>> = affects.map(Iterator::collect).collect();
    assert_eq!(
        affects,
        [
            &["web1:web.service", "web2:web.service"][..],
            &["db", "web1:plain.service", "web2:plain.service"]
        ]
    );
    Ok(())
}

#[test]
fn a_host_that_fails_is_told_in_every_format() -> Result<()> {
    let scratch = scratch()?;
    prepare(scratch.path())?;
    for (format, place) in [
        ("human", "failed broken: "),
        ("json", "\"host\": \"broken\""),
        ("cyclonedx", "confinix:failed_host"),
        ("spdx", "These hosts failed and are missing: broken."),
    ] {
        let ran = sbom(scratch.path(), &["--format", format]).run()?;
        let ran = ran.with_code(3)?;
        ensure!(ran.stdout.contains(place), "{format}: {}", ran.stdout);
        ensure!(ran.stderr.contains("this host is broken"), "{}", ran.stderr);
    }
    sbom(scratch.path(), &["--keep-going"]).succeeds()?;
    Ok(())
}

#[test]
fn hosts_whose_stores_contradict_each_other_are_not_mixed() -> Result<()> {
    let scratch = scratch()?;
    prepare(scratch.path())?;
    make_bundles(scratch.path())?;
    // web2 was built on a machine where the library came out differently.
    let services = confinix(["services", "-f", "hosts.nix", "web2"]).args(OFFLINE);
    let services = services.within(scratch.path()).succeeds()?.stdout;
    fs::write(scratch.path().join("services.json"), services)?;
    let bundle: Value =
        serde_json::from_slice(&fs::read(scratch.path().join("bundles/web2/bundle.json"))?)?;
    let paths = bundle["paths"].as_object().context("no paths")?;
    let graph: Vec<_> = paths
        .iter()
        .map(|(path, info)| {
            let hash = if path.ends_with("-openssl-1.1.1") {
                "sha256:0000000000000000000000000000000000000000000000000000"
            } else {
                info["narHash"].as_str().unwrap_or_default()
            };
            json!({ "path": path, "narHash": hash, "narSize": info["narSize"], "references": info["references"] })
        })
        .collect();
    fs::write(scratch.path().join("graph.json"), json!(graph).to_string())?;
    fs::create_dir(scratch.path().join("other"))?;
    let other = confinix([
        "bundle",
        "--services",
        "services.json",
        "--graph",
        "graph.json",
        "-o",
        "other/web3",
    ]);
    other.within(scratch.path()).succeeds()?;
    let ran = confinix(["sbom", "bundles", "other/web3", "--json"]).within(scratch.path());
    let ran = ran.run()?.with_code(3)?;
    let told: Value = serde_json::from_str(&ran.stdout)?;
    assert_eq!(told["failed"][0]["host"], "web3", "{}", ran.stderr);
    let why = told["failed"][0]["error"].as_str().unwrap_or_default();
    ensure!(
        why.contains("has other contents than on another host"),
        "{why}"
    );
    assert_eq!(told["hosts"].as_array().map(Vec::len), Some(3));
    Ok(())
}
