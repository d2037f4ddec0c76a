//! Runs confinix on the demo's recording, in a separate directory.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::common::{Ran, Run, bundle, confinix, fixture, scratch};

/// A directory with the recording as `services.json` and `graph.json`.
pub struct Place {
    dir: TempDir,
}

/// The options that read the recording.
pub const RECORDING: [&str; 4] = ["--services", "services.json", "--graph", "graph.json"];

impl Place {
    pub fn new() -> Result<Self> {
        let dir = scratch()?;
        let fixtures = fixture("fixtures/demo");
        for file in ["services.json", "graph.json"] {
            fs::copy(fixtures.join(file), dir.path().join(file))?;
        }
        Ok(Self { dir })
    }

    /// Creates a place with the recording's bundle in `bundle`.
    pub fn with_bundle() -> Result<Self> {
        let place = Self::new()?;
        place.bundle("bundle")?;
        Ok(place)
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.dir.path().join(file)
    }

    pub fn write(&self, file: &str, text: &str) -> Result<()> {
        fs::write(self.path(file), text).with_context(|| format!("cannot write {file}"))
    }

    pub fn read(&self, file: &str) -> Result<String> {
        fs::read_to_string(self.path(file)).with_context(|| format!("cannot read {file}"))
    }

    /// Replaces text in a file, which must contain it.
    pub fn edit(&self, file: &str, from: &str, to: &str) -> Result<()> {
        let text = self.read(file)?;
        ensure!(text.contains(from), "{file} does not hold {from:?}");
        self.write(file, &text.replace(from, to))
    }

    /// Makes the bundle of the recording in its current state.
    pub fn bundle(&self, dir: &str) -> Result<()> {
        bundle(RECORDING)
            .args(["-o", dir])
            .within(self.dir.path())
            .succeeds()?;
        Ok(())
    }

    /// Returns a run of confinix with these arguments in this place. It must not matter whether this machine has the recording's paths:
    /// the tests of `check` cover foresight.
    pub fn confinix(&self, arguments: &[&str]) -> Run {
        let is_audit = matches!(arguments.first(), Some(&"audit" | &"report"));
        let no_store = (is_audit && !arguments.contains(&"--help")).then_some("--no-foresight");
        confinix(arguments)
            .args(no_store)
            .within(self.dir.path())
            .env("COLUMNS", "100")
    }

    /// Runs, and expects this exit code.
    pub fn expect(&self, code: i32, arguments: &[&str]) -> Result<Ran> {
        self.confinix(arguments).run()?.with_code(code)
    }

    /// Returns the standard output of a run that must exit with this code and print nothing on standard error.
    pub fn stdout(&self, code: i32, arguments: &[&str]) -> Result<String> {
        let ran = self.expect(code, arguments)?;
        ensure!(ran.stderr.is_empty(), "standard error: {}", ran.stderr);
        Ok(ran.stdout)
    }

    /// Returns the standard error of a run that must exit with this code and print nothing on standard output.
    pub fn stderr(&self, code: i32, arguments: &[&str]) -> Result<String> {
        let ran = self.expect(code, arguments)?;
        ensure!(ran.stdout.is_empty(), "standard output: {}", ran.stdout);
        Ok(ran.stderr)
    }
}
