//! Runs confinix and nix, and looks at what they leave.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use anyhow::{Context, Result, anyhow, ensure};
use serde_json::Value;
use tempfile::TempDir;

pub mod schemas;

/// The root of the checkout.
pub const CHECKOUT: &str = env!("CARGO_MANIFEST_DIR");
/// What every call of nix is told, so that no test waits for a network.
pub const OFFLINE: [&str; 3] = ["--option", "substitute", "false"];

/// A directory for one test.
pub fn scratch() -> Result<TempDir> {
    Ok(tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?)
}

/// A file of the checkout.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(CHECKOUT).join(name)
}

/// Whether the shop's store paths have the hashes that the snapshots show: they depend on the platform that they are built for.
pub const SNAPSHOTS_HOLD: bool = cfg!(all(target_arch = "x86_64", target_os = "linux"));

/// Says that something can't be tried on this machine, for the summary that tests/run ends with (the file CONFINIX_NOT_RUN).
pub fn not_run(what: &str, why: &str) -> Result<()> {
    if let Some(file) = std::env::var_os("CONFINIX_NOT_RUN") {
        let mut file = fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(file)?;
        file.write_all(format!("skipped {what}: {why}\n").as_bytes())?;
    }
    Ok(())
}

/// One run of a program, not yet started.
pub struct Run {
    command: Command,
    input: Option<Vec<u8>>,
    /// Whether nix, if it is asked, is to wait for no network.
    is_offline: bool,
}

/// How a run went.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// Confinix with these arguments, in an environment that says nothing of its own. A bundle has the strategy that does not depend
/// on the machine, unless another is asked for.
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

/// `confinix bundle`, offline.
pub fn bundle(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Run {
    Run {
        is_offline: true,
        ..confinix(["bundle"]).args(arguments)
    }
}

/// Another program.
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

/// `nix`, offline.
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

    /// The command itself, for what is not said here.
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

    /// Runs it. JSON that confinix prints has to be as its schema says.
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
            .with_context(|| format!("could not start {name}"))?;
        if let (Some(bytes), Some(mut stdin)) = (input, child.stdin.take()) {
            // Whoever refuses the beginning does not read the rest.
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

    /// Runs it; it must say `confinix: …` with all `parts` on standard error, nothing on standard output, and exit with `code`.
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

    /// It must have said all `parts` on standard error.
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

/// The bundle of `fixtures/shop`, made once with the real nix.
pub fn shop() -> Result<&'static Path> {
    static SHOP: OnceLock<Result<(TempDir, PathBuf), String>> = OnceLock::new();
    let made = SHOP.get_or_init(|| {
        let make = || {
            let scratch = scratch()?;
            let directory = scratch.path().join("bundle");
            bundle(["-f", "fixtures/shop", "-o"])
                .arg(&directory)
                .within(CHECKOUT)
                .succeeds()?;
            Ok((scratch, directory))
        };
        make().map_err(|error: anyhow::Error| format!("{error:#}"))
    });
    match made {
        Ok((_, directory)) => Ok(directory),
        Err(error) => Err(anyhow!("{error}")),
    }
}

/// The content of `bundle.json`.
pub fn bundle_json(directory: &Path) -> Result<Value> {
    let path = directory.join("bundle.json");
    let text = fs::read(&path).with_context(|| format!("no {}", path.display()))?;
    Ok(serde_json::from_slice(&text)?)
}

/// The text of a service's drop-in.
pub fn drop_in(directory: &Path, service: &str) -> Result<String> {
    let path = directory.join(format!(
        "lib/systemd/system/{service}.d/zz-confinement.conf"
    ));
    fs::read_to_string(&path).with_context(|| format!("no {}", path.display()))
}

/// Every file below a directory with its content, by path.
pub fn files(directory: &Path) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let mut files = Vec::new();
    let mut todo = vec![directory.to_owned()];
    while let Some(below) = todo.pop() {
        for entry in fs::read_dir(&below)? {
            let path = entry?.path();
            if path.is_dir() {
                todo.push(path);
            } else {
                let name = path.strip_prefix(directory)?.to_owned();
                files.push((name, fs::read(&path)?));
            }
        }
    }
    files.sort();
    Ok(files)
}

/// The names in a directory, sorted, hidden ones too.
pub fn names(directory: &Path) -> Result<Vec<String>> {
    let mut names = fs::read_dir(directory)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}

/// Copies a directory tree.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    for (name, content) in files(from)? {
        let path = to.join(name);
        fs::create_dir_all(path.parent().context("no parent")?)?;
        fs::write(path, content)?;
    }
    Ok(())
}

/// A copy of the shop's bundle, to be spoiled.
pub fn shop_copy() -> Result<(TempDir, PathBuf)> {
    let scratch = scratch()?;
    let directory = scratch.path().join("bundle");
    copy(shop()?, &directory)?;
    Ok((scratch, directory))
}

/// The strings of a JSON array.
pub fn strings(value: &Value) -> Result<Vec<String>> {
    value
        .as_array()
        .with_context(|| format!("{value} is no array"))?
        .iter()
        .map(|item| Ok(item.as_str().context("no string")?.to_owned()))
        .collect()
}

/// The keys of a JSON object.
pub fn keys(value: &Value) -> Result<Vec<String>> {
    let object = value
        .as_object()
        .with_context(|| format!("{value} is no object"))?;
    Ok(object.keys().cloned().collect())
}

/// A directory with an executable `nix` (and `nix-store`) that runs this script for bash, to be put before PATH.
pub fn fake_nix(directory: &Path, script: &str) -> Result<String> {
    fake(directory, &["nix", "nix-store"], script)
}

/// Copies an executable. Another process writes it: what this one has open to write, every process that another test starts at
/// that moment has open too, and nothing can execute it meanwhile ("Text file busy").
pub fn install(from: impl AsRef<OsStr>, to: &Path) -> Result<()> {
    program("install", ["-m", "755"])
        .args([from.as_ref(), to.as_os_str()])
        .succeeds()?;
    Ok(())
}

/// A directory with executables of these names that run this script for sh, to be put before PATH.
pub fn fake(directory: &Path, names: &[&str], script: &str) -> Result<String> {
    let bin = directory.join("fake-bin");
    fs::create_dir_all(&bin)?;
    let text = bin.join("text");
    fs::write(&text, format!("#!/bin/sh\n{script}\n"))?;
    for name in names {
        install(&text, &bin.join(name))?;
    }
    fs::remove_file(text)?;
    let path = std::env::var("PATH").unwrap_or_default();
    Ok(format!("{}:{path}", bin.display()))
}
