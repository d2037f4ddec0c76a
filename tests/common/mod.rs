//! Runs confinix and nix, and examines their results.

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
/// Options for every call of nix, so that no test waits for a network.
pub const OFFLINE: [&str; 3] = ["--option", "substitute", "false"];

/// Creates a directory for one test.
pub fn scratch() -> Result<TempDir> {
    Ok(tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?)
}

/// Returns the path of a file of the checkout.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(CHECKOUT).join(name)
}

/// Whether the shop's store paths have the hashes of the snapshots. The hashes depend on the platform.
pub const SNAPSHOTS_HOLD: bool = cfg!(all(target_arch = "x86_64", target_os = "linux"));

/// Records in the file CONFINIX_NOT_RUN that something can't be tested on this machine, for the summary of tests/run.
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

/// Returns the bundle of `fixtures/shop`, made once with the real nix.
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

/// Returns a help without the list of strategies. All subcommands that have it share it, and one snapshot of it is enough.
pub fn without_strategies(help: &str) -> String {
    let list = help.split_once("bind: ").and_then(|(before, rest)| {
        let (_, rest) = rest.split_once("[possible values: auto, bind")?;
        Some((before, rest.split_once(']')?.1))
    });
    match list {
        Some((before, after)) => format!("{before}…{after}"),
        None => help.to_owned(),
    }
}

/// Returns the content of `bundle.json`.
pub fn bundle_json(directory: &Path) -> Result<Value> {
    let path = directory.join("bundle.json");
    let text = fs::read(&path).with_context(|| format!("no {}", path.display()))?;
    Ok(serde_json::from_slice(&text)?)
}

/// Returns the text of a service's drop-in.
pub fn drop_in(directory: &Path, service: &str) -> Result<String> {
    let path = directory.join(format!(
        "lib/systemd/system/{service}.d/zz-confinement.conf"
    ));
    fs::read_to_string(&path).with_context(|| format!("no {}", path.display()))
}

/// Returns every file below a directory with its content, by path.
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

/// Returns the sorted names in a directory, including hidden ones.
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

/// Returns a copy of the shop's bundle for tests that damage it.
pub fn shop_copy() -> Result<(TempDir, PathBuf)> {
    let scratch = scratch()?;
    let directory = scratch.path().join("bundle");
    copy(shop()?, &directory)?;
    Ok((scratch, directory))
}

/// Returns the strings of a JSON array.
pub fn strings(value: &Value) -> Result<Vec<String>> {
    value
        .as_array()
        .with_context(|| format!("{value} is no array"))?
        .iter()
        .map(|item| Ok(item.as_str().context("no string")?.to_owned()))
        .collect()
}

/// Returns the keys of a JSON object.
pub fn keys(value: &Value) -> Result<Vec<String>> {
    let object = value
        .as_object()
        .with_context(|| format!("{value} is no object"))?;
    Ok(object.keys().cloned().collect())
}

/// Creates an executable `nix` (and `nix-store`) that runs this bash script, and returns a PATH that starts with its directory.
pub fn fake_nix(directory: &Path, script: &str) -> Result<String> {
    fake(directory, &["nix", "nix-store"], script)
}

/// Copies an executable, in another process. If this process had the file open for writing, a process that another test starts at
/// that moment would inherit it, and nothing could execute the file meanwhile ("Text file busy").
pub fn install(from: impl AsRef<OsStr>, to: &Path) -> Result<()> {
    program("install", ["-m", "755"])
        .args([from.as_ref(), to.as_os_str()])
        .succeeds()?;
    Ok(())
}

/// Creates executables of these names that run this sh script, and returns a PATH that starts with their directory.
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
