//! Migrations with what foresight reads: the file, the next run, and what people edit in it.

mod applied;
mod edits;
mod refused;
mod units;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Ran, Run, confinix, scratch};

/// The services of most tests: fine, fixed by one or two changes, without a fix, and of kinds that stay out.
const SERVICES: &str = r#"
    plain.serviceConfig.ExecStart = "${tool}/bin/tool";
    bus.serviceConfig = { ExecStart = "${tool}/bin/tool"; Type = "dbus"; BusName = "org.example.Bus"; User = "bus"; };
    works.serviceConfig = { ExecStart = "${tool}/bin/tool"; WorkingDirectory = "/var/lib/works"; };
    lost.serviceConfig.ExecStart = "${tool}/bin/lost";
    shell.serviceConfig.ExecStart = "${tool}/bin/sshd -D";
    host.serviceConfig.ExecStart = "/usr/bin/host";
"#;

/// A directory with services in `services.nix`, and programs in a store.
pub struct Place(TempDir);

impl Place {
    pub fn new() -> Result<Self> {
        let place = Self(scratch()?);
        let bin = place.path("tool/bin");
        fs::create_dir_all(&bin)?;
        for name in ["tool", "sshd"] {
            let file = bin.join(name);
            fs::write(&file, crate::support::shortest_program())?;
            fs::set_permissions(&file, fs::Permissions::from_mode(0o555))?;
        }
        place.services(SERVICES)?;
        Ok(place)
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    pub fn read(&self, file: &str) -> Result<String> {
        fs::read_to_string(self.path(file)).with_context(|| format!("cannot read {file}"))
    }

    pub fn write(&self, file: &str, text: &str) -> Result<()> {
        fs::write(self.path(file), text).with_context(|| format!("cannot write {file}"))
    }

    /// Replaces text in a file, which must contain it.
    pub fn edit(&self, file: &str, from: &str, to: &str) -> Result<()> {
        let text = self.read(file)?;
        ensure!(text.contains(from), "{file} has no {from:?}:\n{text}");
        self.write(file, &text.replace(from, to))
    }

    fn services(&self, services: &str) -> Result<()> {
        let tool = r#"builtins.path { path = ./tool; name = "tool-1.0"; }"#;
        self.write(
            "services.nix",
            &format!("let tool = {tool}; in {{ services = {{ {services} }}; }}"),
        )
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        confinix(["migrate", "--quiet"])
            .args(arguments)
            .within(self.0.path())
            .env("COLUMNS", "100")
    }

    fn migrate(&self, arguments: &[&str]) -> Result<Ran> {
        self.run(&["-f", "services.nix"]).args(arguments).run()
    }

    /// Migrates, and returns what is decided about the services.
    fn decided(&self, arguments: &[&str]) -> Result<Value> {
        let ran = self.run(&["-f", "services.nix", "--format", "json"]);
        Ok(serde_json::from_str(
            &ran.args(arguments).succeeds()?.stdout,
        )?)
    }
}

#[test]
fn every_service_has_a_block_with_its_reasons() -> Result<()> {
    let place = Place::new()?;
    let decided = place.decided(&[])?;
    insta::assert_snapshot!("confined.nix", place.read("confined.nix")?);
    let services = &decided["services"];
    let blocks: Vec<_> = services
        .as_object()
        .context("no services")?
        .keys()
        .collect();
    assert_eq!(
        blocks,
        [
            "bus.service",
            "lost.service",
            "plain.service",
            "shell.service",
            "works.service"
        ]
    );
    assert_eq!(services["plain.service"]["paths"]["after"], 1);
    assert_eq!(services["plain.service"]["executables"]["after"], 2);
    let level = |when: &str| -> Result<f64> {
        let level = &services["plain.service"]["exposure"][when];
        Ok(level.as_str().context("no level")?.parse()?)
    };
    assert!(level("after")? < level("before")?, "{services}");
    assert_eq!(decided["changed"], true);
    Ok(())
}

#[test]
fn without_a_rating_the_answer_tells_why() -> Result<()> {
    let place = Place::new()?;
    fs::create_dir(place.path("bin"))?;
    let analyze = place.path("bin/systemd-analyze");
    fs::write(&analyze, "#!/bin/sh\nexit 1\n")?;
    fs::set_permissions(&analyze, fs::Permissions::from_mode(0o755))?;
    let path = format!("{}:{}", place.path("bin").display(), std::env::var("PATH")?);
    let run = place.run(&["-f", "services.nix", "--format", "json"]);
    let decided: Value = serde_json::from_str(&run.env("PATH", path).succeeds()?.stdout)?;
    let told = decided["unknownExposure"].as_str().unwrap_or_default();
    assert!(told.contains("systemd-analyze failed"), "{decided}");
    assert!(
        decided["systemd"].is_null() && decided["services"]["plain.service"]["exposure"].is_null()
    );
    Ok(())
}

#[test]
fn the_report_tells_what_is_gained_and_why_services_stay_out() -> Result<()> {
    let place = Place::new()?;
    let report = place.migrate(&[])?.with_code(0)?.stdout;
    for said in [
        "SERVICE  CHANGES",
        "lost.service: stays out: command-missing: ExecStart[0] runs",
        "shell.service: stays out: it needs the host's root:",
        "confined.nix: 3 services confined, 2 not; changed\n",
    ] {
        assert!(report.contains(said), "{said}: {report}");
    }
    let gained = report
        .lines()
        .find(|line| line.starts_with("plain "))
        .unwrap_or_default();
    assert!(gained.contains(" -> 1 "), "{report}");
    Ok(())
}

#[test]
fn a_second_run_changes_nothing_and_an_update_only_its_service() -> Result<()> {
    let place = Place::new()?;
    place.migrate(&[])?.with_code(0)?;
    let first = place.read("confined.nix")?;
    let again = place.migrate(&["--check"])?.with_code(0)?;
    assert!(again.stdout.ends_with("unchanged\n"), "{}", again.stdout);
    assert_eq!(place.read("confined.nix")?, first);

    place.edit("services.nix", "tool-1.0", "tool-2.0")?;
    place.migrate(&["--check"])?.with_code(0)?;
    place.edit("services.nix", "/var/lib/works", "/srv/works")?;
    place.migrate(&["--check"])?.with_code(1)?;
    assert_eq!(place.read("confined.nix")?, first, "--check wrote");
    let decided = place.decided(&[])?;
    let blocks = |decided: &Value, word: &str| -> Vec<String> {
        let services = decided["services"].as_object().into_iter().flatten();
        let with_word = services.filter(|(_, service)| service["block"] == word);
        with_word.map(|(name, _)| name.clone()).collect()
    };
    assert_eq!(blocks(&decided, "replaced"), ["works.service"]);
    assert_eq!(blocks(&decided, "same").len(), 4);
    Ok(())
}
