//! `confinix status`, with a stand-in for systemctl. tests/systemd/cases/status.sh runs it under a real systemd.

use std::fs;

use anyhow::Result;
use serde_json::Value;

use crate::support::{confinix, fake, fixture, keys, scratch, shop};

/// Tells of every unit that there is none, and of no directory of units.
const NO_UNITS: &str = "case \"$*\" in\n\
  *UnitPath*) echo UnitPath=/nonexistent ;;\n\
  show*) while [ \"$1\" != -- ]; do shift; done; shift\n\
    for unit; do printf 'Id=%s\\nLoadState=not-found\\nActiveState=inactive\\n\\n' \"$unit\"; done ;;\n\
esac\n";

#[test]
fn units_that_systemd_does_not_have_differ() -> Result<()> {
    let scratch = scratch()?;
    let path = fake(scratch.path(), &["systemctl"], NO_UNITS)?;
    let metrics = scratch.path().join("confinix.prom");
    let ran = confinix(["status", "--format", "json"])
        .arg("--prometheus")
        .arg(&metrics)
        .arg(shop()?)
        .env("PATH", &path)
        .run()?
        .with_code(1)?;
    let found: Value = serde_json::from_str(&ran.stdout)?;
    let names = keys(&found["services"])?;
    assert_eq!(
        names,
        keys(&crate::support::bundle_json(shop()?)?["services"])?
    );
    let (templates, units): (Vec<_>, Vec<_>) = names.iter().partition(|name| name.contains("@."));
    for name in templates {
        let kind = &found["services"][name]["differences"][0]["kind"];
        assert_eq!(kind, "drop-in-missing");
    }
    for name in &units {
        assert_eq!(
            found["services"][name]["differences"][0]["kind"],
            "unit-missing"
        );
    }
    let metrics = fs::read_to_string(&metrics)?;
    let count = format!(
        "confinix_differences{{kind=\"unit-missing\"}} {}\n",
        units.len()
    );
    assert!(metrics.contains(&count), "{metrics}");
    for name in names {
        let line = format!("confinix_service_differences{{unit=\"{name}\"}} 1\n");
        assert!(metrics.contains(&line), "{metrics}");
    }
    let human = confinix(["status"])
        .arg(shop()?)
        .env("PATH", &path)
        .run()?
        .with_code(1)?;
    insta::assert_snapshot!("status", human.stdout);
    Ok(())
}

#[test]
fn without_systemd_there_is_nothing_to_compare() -> Result<()> {
    confinix(["status"])
        .arg(shop()?)
        .env("PATH", "/nonexistent")
        .fails(3, &["systemctl is not on PATH"])?;
    let scratch = scratch()?;
    let refusing = "echo 'System has not been booted' >&2\nexit 1\n";
    let path = fake(scratch.path(), &["systemctl"], refusing)?;
    confinix(["status"]).arg(shop()?).env("PATH", &path).fails(
        3,
        &["systemd does not answer", "System has not been booted"],
    )?;
    Ok(())
}

#[test]
fn the_bundle_has_to_be_named_if_none_is_installed() -> Result<()> {
    let scratch = scratch()?;
    let path = fake(scratch.path(), &["systemctl"], NO_UNITS)?;
    confinix(["status"]).env("PATH", &path).fails(
        3,
        &[
            "no drop-in of confinix is installed here",
            "confinix status BUNDLE",
        ],
    )?;
    Ok(())
}

#[test]
fn the_schema_and_the_document_have_every_kind() -> Result<()> {
    let schema: Value = serde_json::from_slice(&fs::read(fixture("schemas/status.schema.json"))?)?;
    let document = fs::read_to_string(fixture("docs/status.md"))?;
    let kinds = schema["$defs"]["difference"]["properties"]["kind"]["enum"].clone();
    let own = confinix::status::Kind::ALL.map(confinix::status::Kind::name);
    assert_eq!(kinds, serde_json::json!(own));
    for kind in own {
        assert!(document.contains(&format!("`{kind}`")), "{kind}");
    }
    Ok(())
}
