//! Runs nix and reads what it prints.

use std::ffi::OsString;
use std::io::{ErrorKind, Read};
use std::os::unix::process::ExitStatusExt;
use std::process::{ChildStdout, Command, Stdio};
use std::sync::Arc;

use anyhow::{Context, Result};
use rustix::pipe::fcntl_setpipe_size;
use shared_child::SharedChild;
use signal_hook::consts::SIGPIPE;

use super::failed::Failed;
use super::lossy::read_lossy;
use super::memory::Evaluators;
use super::plain_log::PlainLog;
use crate::document::{Kind, limited};
use crate::progress::{Line, Progress};
use crate::{interrupt, search_path};

/// Options for every call of nix.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The store to build in and to query; `None` leaves the choice to nix.
    pub store: Option<String>,
    /// The store to evaluate with; `None` leaves the choice to nix.
    pub eval_store: Option<String>,
    /// Nix settings, as names and values, passed as `--option`.
    pub settings: Vec<(String, String)>,
}

impl Options {
    /// Returns the URL of the store, from the option, a setting or the environment; `None` if nix chooses it.
    pub(super) fn store_url(&self) -> Option<String> {
        let setting = self.settings.iter().rfind(|(name, _)| name == "store");
        self.store
            .clone()
            .or_else(|| setting.map(|(_, url)| url.clone()))
            .or_else(|| std::env::var("NIX_REMOTE").ok())
    }
}

/// Runs nix's programs with one set of options.
pub struct Nix<'a> {
    options: Options,
    progress: &'a Progress,
    evaluators: Option<&'a Evaluators>,
}

impl<'a> Nix<'a> {
    /// Makes calls of nix with these options.
    pub fn new(options: Options, progress: &'a Progress) -> Self {
        Self {
            options,
            progress,
            evaluators: None,
        }
    }

    /// Makes calls whose evaluators share the memory with these.
    #[must_use]
    pub fn beside(self, evaluators: &'a Evaluators) -> Self {
        Self {
            evaluators: Some(evaluators),
            ..self
        }
    }

    /// Returns the options.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Returns where progress is reported.
    pub fn progress(&self) -> &'a Progress {
        self.progress
    }

    /// Runs `nix` with a subcommand and arguments. If there is a progress line, it shows what an evaluation downloads and builds, and what is
    /// copied.
    pub(super) fn nix<T>(
        &self,
        subcommand: &[&str],
        arguments: impl IntoIterator<Item = OsString>,
        read: impl FnOnce(ChildStdout) -> Result<T>,
    ) -> Result<T> {
        let mut command = Command::new("nix");
        command.args(["--extra-experimental-features", "nix-command flakes"]);
        command.args(subcommand);
        if let Some(store) = &self.options.eval_store
            && subcommand.first() == Some(&"eval")
        {
            command.args(["--eval-store", store]);
        }
        let takes_long = matches!(subcommand.first(), Some(&("eval" | "copy")));
        let line = if takes_long {
            self.progress.line()
        } else {
            None
        };
        if line.is_some() {
            command.args(["--log-format", "internal-json"]);
        }
        self.run_with("nix", command, arguments, read, line)
    }

    /// Runs `nix-store` with arguments.
    pub(super) fn nix_store<T>(
        &self,
        arguments: impl IntoIterator<Item = OsString>,
        read: impl FnOnce(ChildStdout) -> Result<T>,
    ) -> Result<T> {
        self.run("nix-store", Command::new("nix-store"), arguments, read)
    }

    /// The same, for what may build or copy: if there is a progress line, it shows what.
    pub(super) fn nix_store_building(
        &self,
        arguments: impl IntoIterator<Item = OsString>,
    ) -> Result<Vec<u8>> {
        let mut command = Command::new("nix-store");
        let line = self.progress.line();
        if line.is_some() {
            command.args(["--log-format", "internal-json"]);
        }
        self.run_with("nix-store", command, arguments, read_output, line)
    }

    /// Runs a program of nix, and reads its standard output as it arrives. Standard error becomes part of the error, or is passed to `progress` if there is none.
    pub(super) fn run<T>(
        &self,
        program: &'static str,
        command: Command,
        arguments: impl IntoIterator<Item = OsString>,
        read: impl FnOnce(ChildStdout) -> Result<T>,
    ) -> Result<T> {
        self.run_with(program, command, arguments, read, None)
    }

    /// The same. With a progress line, standard error is a log in JSON, and the line shows what it reports.
    fn run_with<T>(
        &self,
        program: &'static str,
        mut command: Command,
        arguments: impl IntoIterator<Item = OsString>,
        read: impl FnOnce(ChildStdout) -> Result<T>,
        line: Option<Line>,
    ) -> Result<T> {
        interrupt::check()?;
        if let Some(store) = &self.options.store {
            command.args(["--store", store]);
        }
        for (name, value) in &self.options.settings {
            command.args(["--option", name, value]);
        }
        command.args(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = SharedChild::spawn(&mut command).map_err(|error| match error.kind() {
            ErrorKind::NotFound => anyhow::anyhow!(
                "{program} is not on PATH: install Nix (https://nixos.org/download), or give recorded --services and --graph"
            ),
            _ => anyhow::Error::new(error).context(format!("cannot start {program}")),
        })?;
        let child = Arc::new(child);
        let guard = interrupt::guard(child.clone());
        if let Some(evaluators) = self.evaluators {
            evaluators.add(&child);
        }
        let stderr = child.take_stderr().context("nix has no standard error")?;
        let stderr = std::thread::spawn(move || match line {
            Some(line) => read_lossy(PlainLog::new(stderr, line)),
            None => read_lossy(stderr),
        });
        let stdout = child.take_stdout().context("nix has no standard output")?;
        // The default size works too; it is only slower.
        let _ = fcntl_setpipe_size(&stdout, PIPE_SIZE);
        let outcome = read(stdout);
        let status = child.wait().context("cannot wait for nix");
        let ended = self
            .evaluators
            .and_then(|evaluators| evaluators.remove(&child));
        let status = status?;
        drop(guard);
        let stderr = stderr.join().unwrap_or_default();
        interrupt::check()?;
        // Nix also fails when the reader stops early. Then the reader's error is the cause.
        let is_cut_off = outcome.is_err()
            && (status.signal() == Some(SIGPIPE)
                || status.code() == Some(128 + SIGPIPE)
                || stderr.contains("Broken pipe"));
        if !status.success() && !is_cut_off {
            return Err(Failed {
                program,
                status,
                stderr,
                ended,
            }
            .into());
        }
        self.tell(&stderr);
        outcome.with_context(|| format!("cannot read what {program} printed"))
    }

    fn tell(&self, stderr: &str) {
        for line in stderr.lines() {
            if EXPECTED_WARNINGS
                .iter()
                .any(|warning| line.starts_with(warning))
            {
                continue;
            }
            if line.starts_with("warning:") || line.starts_with("trace:") {
                self.progress.warn(line);
            } else {
                self.progress.detail(line);
            }
        }
    }
}

/// Warnings of nix to ignore: a bundle refers to the built paths, so they need no GC root; what nix-eval-jobs evaluates is not built; confinix
/// reads every JSON format.
const EXPECTED_WARNINGS: [&str; 3] = [
    "warning: you did not specify '--add-root'",
    "warning: '--json' without '--json-format'",
    "warning: `--gc-roots-dir' not specified",
];

/// Whether there is a `nix` on PATH.
pub fn is_installed() -> bool {
    search_path::find("nix").is_some()
}

/// Reads everything that nix prints, up to the limit of `kind`.
pub(super) fn read_all(from: ChildStdout, kind: Kind) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    limited(from, kind).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads the short output of a command that is run for its effect or for a list of paths.
pub(super) fn read_output(from: ChildStdout) -> Result<Vec<u8>> {
    read_all(from, Kind::Output)
}

/// Pipe size to request, in bytes. It is the most that an unprivileged user may set (`/proc/sys/fs/pipe-max-size`).
const PIPE_SIZE: usize = 1 << 20;

/// Maximum size of one call's arguments, in bytes. Linux allows 2 MiB including the environment (`getconf ARG_MAX`).
const MAX_ARGUMENTS: usize = 1 << 20;

/// Splits arguments into lists that each fit into one call, in order.
pub(super) fn chunks<'s>(arguments: impl IntoIterator<Item = &'s str>) -> Vec<Vec<OsString>> {
    let mut chunks: Vec<Vec<OsString>> = Vec::new();
    let mut size = 0;
    for argument in arguments {
        // Each argument also takes a pointer and a NUL.
        let length = argument.len() + 9;
        match chunks.last_mut() {
            Some(chunk) if size + length <= MAX_ARGUMENTS => {
                size += length;
                chunk.push(argument.into());
            }
            _ => {
                size = length;
                chunks.push(vec![argument.into()]);
            }
        }
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_argument_lists_are_split() {
        let path = "x".repeat(100);
        let chunks = chunks((0..25_000).map(|_| path.as_str()));
        assert_eq!(chunks.len(), 3);
        assert_eq!(chunks.iter().map(Vec::len).sum::<usize>(), 25_000);
        assert!(super::chunks([]).is_empty());
    }
}
