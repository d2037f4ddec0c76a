//! Runs confinix on the demo's recording, in a directory of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

/// A directory with the recording as `services.json` and `graph.json`.
pub struct Place {
    dir: TempDir,
}

/// What a run left behind.
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// The options that read the recording.
pub const RECORDING: [&str; 4] = ["--services", "services.json", "--graph", "graph.json"];

impl Place {
    pub fn new() -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo");
        for file in ["services.json", "graph.json"] {
            fs::copy(fixtures.join(file), dir.path().join(file))?;
        }
        Ok(Self { dir })
    }

    /// A place in which the recording's bundle lies in `bundle`.
    pub fn with_bundle() -> Result<Self> {
        let place = Self::new()?;
        place.bundle("bundle")?;
        Ok(place)
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.dir.path().join(file)
    }

    pub fn write(&self, file: &str, text: &str) -> Result<()> {
        fs::write(self.path(file), text).with_context(|| format!("could not write {file}"))
    }

    pub fn read(&self, file: &str) -> Result<String> {
        fs::read_to_string(self.path(file)).with_context(|| format!("could not read {file}"))
    }

    /// Replaces text in a file, which must be there.
    pub fn edit(&self, file: &str, from: &str, to: &str) -> Result<()> {
        let text = self.read(file)?;
        ensure!(text.contains(from), "{file} does not hold {from:?}");
        self.write(file, &text.replace(from, to))
    }

    /// Makes the bundle of the recording as it stands now.
    pub fn bundle(&self, dir: &str) -> Result<()> {
        let arguments = [&["bundle", "-o", dir][..], &RECORDING].concat();
        let ran = self.run(&arguments)?;
        ensure!(ran.code == 0, "no bundle was made: {}", ran.stderr);
        Ok(())
    }

    pub fn run(&self, arguments: &[&str]) -> Result<Ran> {
        self.run_in(".", arguments)
    }

    /// Whether this machine has the recording's paths must not matter; what is foreseen is for the tests of `check`.
    fn no_store(&self, arguments: &[&str]) -> &'static [&'static str] {
        let is_audit = matches!(arguments.first(), Some(&"audit" | &"report"));
        if is_audit && !arguments.contains(&"--help") {
            &["--no-foresight"]
        } else {
            &[]
        }
    }

    /// Runs in a directory below.
    pub fn run_in(&self, dir: &str, arguments: &[&str]) -> Result<Ran> {
        let Output {
            status,
            stdout,
            stderr,
        } = Command::new(env!("CARGO_BIN_EXE_confinix"))
            .args(arguments)
            .args(self.no_store(arguments))
            .current_dir(self.dir.path().join(dir))
            .env("COLUMNS", "100")
            .env_remove("GITHUB_STEP_SUMMARY")
            .output()?;
        Ok(Ran {
            code: status.code().context("a signal ended confinix")?,
            stdout: String::from_utf8(stdout)?,
            stderr: String::from_utf8(stderr)?,
        })
    }

    /// Runs, and expects this exit code.
    pub fn expect(&self, code: i32, arguments: &[&str]) -> Result<Ran> {
        let ran = self.run(arguments)?;
        ensure!(
            ran.code == code,
            "{arguments:?} ended with {}, not {code}:\n{}{}",
            ran.code,
            ran.stdout,
            ran.stderr
        );
        Ok(ran)
    }

    /// Standard output of a run that ends with this code and is silent on standard error.
    pub fn stdout(&self, code: i32, arguments: &[&str]) -> Result<String> {
        let ran = self.expect(code, arguments)?;
        ensure!(ran.stderr.is_empty(), "standard error: {}", ran.stderr);
        Ok(ran.stdout)
    }

    /// Standard error of a run that ends with this code and says nothing on standard output.
    pub fn stderr(&self, code: i32, arguments: &[&str]) -> Result<String> {
        let ran = self.expect(code, arguments)?;
        ensure!(ran.stdout.is_empty(), "standard output: {}", ran.stdout);
        Ok(ran.stderr)
    }
}
