//! `confinix sbom`: bills of materials that their standards accept.

mod evaluated;
mod fleet;
mod licenses;
mod published;
mod refused;
mod vex;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use insta::assert_snapshot;
use serde_json::Value;

use self::published::{check_cyclonedx, check_spdx};
use crate::support::{Place, RECORDING};

const TIME: &str = "2026-12-31T23:59:59Z";

/// The strings of a list.
fn texts(list: &Value) -> BTreeSet<String> {
    let list = list.as_array().into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}

#[test]
fn services_see_the_components_of_their_closures() -> Result<()> {
    let place = Place::with_bundle()?;
    let bill = check_cyclonedx(&place.stdout(0, &["sbom", "bundle"])?)?;
    let dependencies = bill["dependencies"].as_array().context("no dependencies")?;
    let depends: BTreeMap<_, _> = dependencies
        .iter()
        .map(|one| {
            (
                one["ref"].as_str().unwrap_or_default(),
                texts(&one["dependsOn"]),
            )
        })
        .collect();
    let services = bill["services"].as_array().context("no services")?;
    assert_eq!(services.len(), 3);
    for service in services {
        let name = service["name"].as_str().context("no name")?;
        let mut reached = BTreeSet::new();
        let mut left: Vec<_> = depends[name].iter().collect();
        while let Some(path) = left.pop() {
            if reached.insert(path.clone()) {
                left.extend(&depends[path.as_str()]);
            }
        }
        let shown = place.stdout(0, &["show", "bundle", name, "--json"])?;
        let shown: Value = serde_json::from_str(&shown)?;
        let paths = shown["paths"].as_array().into_iter().flatten();
        let paths: BTreeSet<_> = paths
            .filter_map(|path| Some(path["path"].as_str()?.to_owned()))
            .collect();
        assert_eq!(reached, paths, "{name}");
    }
    Ok(())
}

#[test]
fn components_are_told_as_far_as_they_are_known() -> Result<()> {
    let place = Place::with_bundle()?;
    let bill = check_cyclonedx(&place.stdout(0, &["sbom", "bundle", "-s", "backup"])?)?;
    assert_snapshot!(serde_json::to_string_pretty(&bill["components"][0])?);
    assert_snapshot!(place.stdout(0, &["sbom", "bundle", "--format", "human"])?, @r"
    SERVICE  COMPONENTS
    backup            4
    web               5
    wiki              5

    10 components: 0 with a licence, 0 with a source
    ");
    Ok(())
}

#[test]
fn spdx_has_the_same() -> Result<()> {
    let place = Place::with_bundle()?;
    let text = place.stdout(0, &["sbom", "bundle", "--format", "spdx"])?;
    let spdx = check_spdx(&text)?;
    let cyclonedx = check_cyclonedx(&place.stdout(0, &["sbom", "bundle"])?)?;
    let count = |list: &Value| list.as_array().map_or(0, Vec::len);
    let (services, components) = (
        count(&cyclonedx["services"]),
        count(&cyclonedx["components"]),
    );
    assert_eq!(count(&spdx["packages"]), services + components);
    let edges: usize = cyclonedx["dependencies"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|dependency| count(&dependency["dependsOn"]))
        .sum();
    assert_eq!(count(&spdx["relationships"]), services + edges);
    // Each identifier is that of one package.
    let packages = spdx["packages"].as_array().into_iter().flatten();
    let ids: BTreeSet<_> = packages
        .filter_map(|package| package["SPDXID"].as_str())
        .collect();
    assert_eq!(ids.len(), services + components);
    for relationship in spdx["relationships"].as_array().into_iter().flatten() {
        let related = relationship["relatedSpdxElement"].as_str();
        ensure!(related.is_some_and(|id| ids.contains(id)), "{relationship}");
    }
    Ok(())
}

#[test]
fn the_same_services_have_the_same_bill() -> Result<()> {
    let place = Place::with_bundle()?;
    for format in ["cyclonedx", "spdx"] {
        let of_bundle = place.stdout(0, &["sbom", "bundle", "--format", format])?;
        let recorded = [
            &["sbom", "--format", format, "--strategy", "bind"][..],
            &RECORDING,
        ]
        .concat();
        let of_recording = place.stdout(0, &recorded)?;
        ensure!(of_recording == of_bundle, "{format}");
        let one = place.stdout(0, &["sbom", "bundle", "--format", format, "-s", "web"])?;
        let timed = place.stdout(
            0,
            &["sbom", "bundle", "--format", format, "--created", TIME],
        )?;
        let identity = |text: &str| -> Result<String> {
            let bill: Value = serde_json::from_str(text)?;
            let own = bill["serialNumber"]
                .as_str()
                .or(bill["documentNamespace"].as_str());
            Ok(own.context("no identity")?.to_owned())
        };
        let all = [&of_bundle, &one, &timed].map(|text| identity(text));
        let all = all.into_iter().collect::<Result<BTreeSet<_>>>()?;
        assert_eq!(all.len(), 3, "{format}: {all:?}");
        ensure!(
            timed.contains(TIME) && !of_bundle.contains("2026"),
            "{format}"
        );
    }
    check_cyclonedx(&place.stdout(0, &["sbom", "bundle", "--created", TIME])?)?;
    Ok(())
}

#[test]
fn bills_go_to_files() -> Result<()> {
    let place = Place::with_bundle()?;
    let printed = place.stdout(0, &["sbom", "bundle"])?;
    place.stdout(
        0,
        &[
            "sbom",
            "bundle",
            "-o",
            "bom.json",
            "--format",
            "spdx=bom.spdx.json",
            "--format",
            "cyclonedx",
        ],
    )?;
    assert_eq!(place.read("bom.json")?, printed);
    check_spdx(&place.read("bom.spdx.json")?)?;
    Ok(())
}

#[test]
fn wrong_calls_are_explained() -> Result<()> {
    let place = Place::with_bundle()?;
    assert_snapshot!(place.stderr(2, &["sbom", "bundle", "--created", "today"])?);
    place.write("osv.json", r#"{ "id": "X", "modified": "" }"#)?;
    let spdx = ["sbom", "bundle", "--vex", "osv.json", "--format", "spdx"];
    assert_snapshot!(place.stderr(2, &spdx)?, @"confinix: --vex has no effect: SPDX 2.3 can't express what advisories say: add another format (--format cyclonedx=FILE)");
    place.stderr(2, &["sbom", "bundle", "--format", "sarif"])?;
    place.stderr(3, &["sbom", "bundle", "-s", "nonesuch"])?;
    Ok(())
}
