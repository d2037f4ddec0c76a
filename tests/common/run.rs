//! Runs of confinix, nix and other programs.

use std::ffi::OsStr;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, ensure};

use super::{OFFLINE, fixture, schemas};

/// A run of a program that is not started yet.
pub struct Run {
    command: Command,
    input: Option<Vec<u8>>,
    /// Whether nix must not use the network.
    is_offline: bool,
}

/// The result of a run.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// Returns a run of confinix with these arguments in a neutral environment. Bundles have the strategy that does not depend on the
/// machine, unless the arguments set another.
pub fn confinix(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Run {
    let mut run = program(env!("CARGO_BIN_EXE_confinix"), arguments);
    for name in [
        "NIX_REMOTE",
        "NIX_PATH",
        "COLUMNS",
        "NO_COLOR",
        "CLICOLOR_FORCE",
    ] {
        run.command.env_remove(name);
    }
    run
}

/// Returns a run of `confinix bundle`, offline.
pub fn bundle(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Run {
    Run {
        is_offline: true,
        ..confinix(["bundle"]).args(arguments)
    }
}

/// Returns a run of another program.
pub fn program(
    name: impl AsRef<OsStr>,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
) -> Run {
    let mut command = Command::new(name);
    command.args(arguments);
    command.env("NIX_CONF_DIR", fixture("tests/etc-nix"));
    Run {
        command,
        input: None,
        is_offline: false,
    }
}

/// Returns a run of `nix`, offline.
pub fn nix(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Run {
    program(
        "nix",
        ["--extra-experimental-features", "nix-command flakes"],
    )
    .args(OFFLINE)
    .args(arguments)
}

impl Run {
    pub fn arg(self, argument: impl AsRef<OsStr>) -> Self {
        self.args([argument])
    }

    pub fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(arguments);
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub fn within(mut self, directory: impl AsRef<Path>) -> Self {
        self.command.current_dir(directory);
        self
    }

    pub fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = Some(bytes.into());
        self
    }

    /// Returns the command itself, to set more.
    pub fn command(mut self) -> Command {
        let mut arguments = self.command.get_args();
        if arguments.next() == Some(OsStr::new("bundle"))
            && !arguments.any(|argument| argument == "--strategy")
        {
            self.command.args(["--strategy", "bind"]);
        }
        let has = |option: &str| self.command.get_args().any(|argument| argument == option);
        if self.is_offline && !(has("--graph") && (has("--services") || has("--units"))) {
            self.command.args(OFFLINE);
        }
        if self.input.is_none() {
            self.command.stdin(Stdio::null());
        }
        self.command
    }

    /// Runs it. Validates the JSON that confinix prints against its schema.
    pub fn run(self) -> Result<Ran> {
        let input = self.input.clone();
        let mut command = self.command();
        if input.is_some() {
            command.stdin(Stdio::piped());
        }
        let name = format!("{command:?}");
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        if let (Some(bytes), Some(mut stdin)) = (input, child.stdin.take()) {
            // A program that refuses the beginning does not read the rest.
            let _ = stdin.write_all(&bytes);
        }
        let ran = Ran::of(child.wait_with_output()?)?;
        schemas::hold(&command, &ran).with_context(|| name)?;
        Ok(ran)
    }

    /// Runs it; anything but exit code 0 is an error.
    pub fn succeeds(self) -> Result<Ran> {
        self.run()?.with_code(0)
    }

    /// Runs it. It must print `confinix: …` with all `parts` on standard error, nothing on standard output, and exit with `code`.
    pub fn fails(self, code: i32, parts: &[&str]) -> Result<Ran> {
        let ran = self.run()?.with_code(code)?;
        ensure!(ran.stdout.is_empty(), "printed {:?}", ran.stdout);
        ensure!(
            ran.stderr.contains("confinix: ") || code == 2,
            "said {:?}",
            ran.stderr
        );
        ran.saying(parts)
    }
}

impl Ran {
    pub fn of(output: Output) -> Result<Self> {
        Ok(Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout)?,
            stderr: String::from_utf8(output.stderr)?,
        })
    }

    pub fn with_code(self, code: i32) -> Result<Self> {
        ensure!(
            self.code == Some(code),
            "exit {:?}, not {code}\n{}{}",
            self.code,
            self.stdout,
            self.stderr
        );
        Ok(self)
    }

    /// Requires all `parts` on standard error.
    pub fn saying(self, parts: &[&str]) -> Result<Self> {
        for part in parts {
            ensure!(
                self.stderr.contains(part),
                "{part:?} is not in:\n{}",
                self.stderr
            );
        }
        Ok(self)
    }
}
