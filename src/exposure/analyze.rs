//! Runs the `systemd-analyze` of this machine. It needs neither a running systemd nor root privileges.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Output};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::unit::unit;
use super::{Exposure, Exposures, Gauge};
use crate::bundle::Bundle;
use crate::document::Workshop;
use crate::interrupt;
use crate::service::UnitName;
use crate::systemd::{self, ExposureLevel};
use crate::text::InLines;

/// The first systemd with `--offline` and `--json` for `security`.
const OLDEST: u32 = 250;

/// The `systemd-analyze` on PATH.
pub struct SystemdAnalyze;

impl Gauge for SystemdAnalyze {
    fn measure(&self, bundle: &Bundle, names: &[&UnitName]) -> Result<Exposures> {
        interrupt::check()?;
        measure(bundle, names).context("cannot measure how exposed services are")
    }
}

fn measure(bundle: &Bundle, names: &[&UnitName]) -> Result<Exposures> {
    let systemd = version()?;
    let workshop = Workshop::temporary()?;
    let root = workshop.new_path();
    let units = root.join("etc/systemd/system");
    fs::create_dir_all(&units).context("cannot write units for systemd-analyze")?;
    let mut asked = Vec::with_capacity(names.len());
    for name in names {
        let file = judged(name, names);
        fs::write(units.join(&file), unit(&bundle.services[*name]))
            .with_context(|| format!("cannot write the unit of {name} for systemd-analyze"))?;
        asked.push(file);
    }
    // Only the table contains the level, and only the JSON can be parsed reliably.
    let (levels, lacking) = rayon::join(
        || security(&root, &asked, "off").and_then(|table| levels(&table, asked.len())),
        || security(&root, &asked, "short").and_then(|json| lacking(&json, asked.len())),
    );
    let services = names
        .iter()
        .zip(levels?.into_iter().zip(lacking?))
        .map(|(name, (level, lacking))| ((*name).clone(), Exposure { level, lacking }))
        .collect::<BTreeMap<_, _>>();
    Ok(Exposures { systemd, services })
}

/// The unit name to rate: systemd does not rate templates, so an instance that no other service has replaces each template.
fn judged(name: &UnitName, names: &[&UnitName]) -> String {
    let Some(stem) = name.as_str().strip_suffix("@.service") else {
        return name.to_string();
    };
    let mut instance = "x".to_owned();
    loop {
        let file = format!("{stem}@{instance}.service");
        if names.iter().all(|name| name.as_str() != file) {
            return file;
        }
        instance.push('x');
    }
}

/// Returns the major version of systemd. Fails if it can't rate units that are not installed.
fn version() -> Result<u32> {
    let output = run(command().arg("--version"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let Some(version) = systemd::version(&text) else {
        bail!("systemd-analyze --version printed {text:?}, which is not a version");
    };
    if version < OLDEST {
        bail!(
            "systemd-analyze {version} can't rate uninstalled units, which takes systemd {OLDEST} or newer: run it where systemd is newer"
        );
    }
    Ok(version)
}

/// Returns the output for units below `root`, in their order.
fn security(root: &Path, units: &[String], json: &str) -> Result<Vec<u8>> {
    let output = run(command()
        .args(["security", "--offline=true", "--no-pager"])
        .arg(format!("--json={json}"))
        .arg(format!("--root={}", root.display()))
        .arg("--")
        .args(units))?;
    Ok(output.stdout)
}

/// Returns the command, in an environment that does not change its output.
fn command() -> Command {
    let mut command = Command::new("systemd-analyze");
    command
        .env_remove("SYSTEMD_UNIT_PATH")
        .env_remove("SYSTEMD_LOG_LEVEL")
        .env("SYSTEMD_COLORS", "0")
        .env("SYSTEMD_EMOJI", "0");
    command
}

fn run(command: &mut Command) -> Result<Output> {
    let output = command.output().map_err(|error| match error.kind() {
        ErrorKind::NotFound => anyhow::anyhow!(
            "systemd-analyze is not on PATH: install systemd (Debian and Ubuntu: the package systemd; Nix: nixpkgs#systemd)"
        ),
        _ => anyhow::Error::new(error).context("cannot start systemd-analyze"),
    })?;
    interrupt::check()?;
    if !output.status.success() {
        bail!(InLines(format!(
            "systemd-analyze failed ({}):\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim_end()
        )));
    }
    Ok(output)
}

/// Reads the level of each unit from a table (`→ Overall exposure level for web.service: 9.2 UNSAFE`).
fn levels(table: &[u8], count: usize) -> Result<Vec<ExposureLevel>> {
    let text = String::from_utf8_lossy(table);
    let levels = text
        .lines()
        .filter_map(|line| line.split_once("Overall exposure level for "))
        .map(|(_, rest)| {
            rest.split_once(": ")
                .and_then(|(_, rest)| rest.split(' ').next())
                .with_context(|| format!("systemd-analyze printed {rest:?}"))?
                .parse()
        })
        .collect::<Result<Vec<_>>>()?;
    if levels.len() != count {
        bail!(
            "systemd-analyze reported {} units instead of {count}",
            levels.len()
        );
    }
    Ok(levels)
}

#[derive(Deserialize)]
struct Row {
    name: String,
    exposure: Option<String>,
}

/// Reads the settings that each unit lacks, with their weights, from one array per unit.
fn lacking(json: &[u8], count: usize) -> Result<Vec<Vec<(String, u64)>>> {
    let units = serde_json::Deserializer::from_slice(json)
        .into_iter::<Vec<Row>>()
        .map(|rows| {
            rows?
                .into_iter()
                .filter_map(|row| row.exposure.map(|exposure| (row.name, exposure)))
                .map(|(name, exposure)| Ok((name, exposure.parse::<ExposureLevel>()?.tenths())))
                .collect()
        })
        .collect::<Result<Vec<_>>>()
        .context("cannot read what systemd-analyze printed")?;
    if units.len() != count {
        bail!(
            "systemd-analyze described {} units instead of {count}",
            units.len()
        );
    }
    Ok(units)
}
