//! Reports progress on standard error.

use std::collections::BTreeSet;
use std::io::{IsTerminal, Write, stderr};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::text::{Document, Terminal, Text, text};

/// The amount of progress output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verbosity {
    /// Only errors.
    Quiet,
    /// Warnings and, on a terminal, a progress line.
    Normal,
    /// A line for every step, and everything that nix prints.
    Verbose,
}

/// The progress line; a process has at most one.
static BAR: OnceLock<ProgressBar> = OnceLock::new();

/// Removes the progress line for good, before the result is printed.
pub fn give_way() {
    if let Some(bar) = BAR.get() {
        bar.finish_and_clear();
    }
}

/// Returns whether the terminal does not support escape sequences (terminfo's `dumb`).
pub fn is_dumb() -> bool {
    std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb")
}

/// The progress line, for threads that report details of a step.
#[derive(Clone)]
pub struct Line(ProgressBar);

impl Line {
    /// A line that nobody sees.
    #[cfg(test)]
    pub fn hidden() -> Self {
        Self(ProgressBar::hidden())
    }

    /// What it shows.
    pub fn shown(&self) -> String {
        self.0.message()
    }

    /// Shows what happens now.
    pub fn show(&self, what: &str) {
        let what = what.replace('\n', " ");
        let what = Document::from(Text::<Terminal>::lines(&what));
        self.0.set_message(what.as_str().to_owned());
    }
}

/// The progress of one run.
pub struct Progress {
    verbosity: Verbosity,
    start: Instant,
    bar: Option<ProgressBar>,
    /// The warnings printed so far.
    told: Mutex<BTreeSet<String>>,
    /// The hosts whose failure has been printed.
    failed_hosts: Mutex<BTreeSet<String>>,
}

impl Progress {
    /// Starts reporting.
    pub fn new(verbosity: Verbosity) -> Self {
        let can_move = stderr().is_terminal() && !is_dumb();
        let bar = (verbosity == Verbosity::Normal && can_move).then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}") {
                bar.set_style(style);
            }
            BAR.get_or_init(|| bar).clone()
        });
        Self {
            verbosity,
            start: Instant::now(),
            bar,
            told: Mutex::default(),
            failed_hosts: Mutex::default(),
        }
    }

    /// Returns whether only errors are printed.
    pub fn is_quiet(&self) -> bool {
        self.verbosity == Verbosity::Quiet
    }

    /// Returns whether every step is printed.
    pub fn is_verbose(&self) -> bool {
        self.verbosity == Verbosity::Verbose
    }

    /// Starts a step; `what` is a present participle with its object and counts.
    pub fn step(&self, what: &str) {
        if let Some(bar) = &self.bar {
            // Show the line only once it has a message.
            if bar.message().is_empty() {
                bar.enable_steady_tick(Duration::from_millis(100));
            }
            Line(bar.clone()).show(what);
        }
        if self.verbosity == Verbosity::Verbose {
            self.print(text!(
                "confinix: {:6.2} s  {}",
                self.start.elapsed().as_secs_f64(),
                what
            ));
        }
    }

    /// Returns the progress line, if there is one.
    pub fn line(&self) -> Option<Line> {
        self.bar.clone().map(Line)
    }

    /// Prints a warning once, unless quiet.
    pub fn warn(&self, what: &str) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if self.verbosity != Verbosity::Quiet && told.insert(what.to_owned()) {
            self.print(text!("{}", what));
        }
    }

    /// Prints why a host failed, once.
    pub fn host_failed(&self, host: &str, why: Text<Terminal>) {
        let failed = self.failed_hosts.lock();
        let mut failed = failed.unwrap_or_else(PoisonError::into_inner);
        if failed.insert(host.to_owned()) {
            self.print(why);
        }
    }

    /// Prints several lines of warnings, unless quiet.
    pub fn list(&self, lines: Text<Terminal>) {
        if self.verbosity != Verbosity::Quiet && !lines.is_empty() {
            self.print(lines.trimmed_end());
        }
    }

    /// Prints a detail if verbose.
    pub fn detail(&self, what: &str) {
        if self.verbosity == Verbosity::Verbose {
            self.print(text!("{}", what));
        }
    }

    /// Ends the steps and removes the progress line.
    pub fn done(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn print(&self, line: Text<Terminal>) {
        let line = Document::from(line);
        let print = || {
            // If standard error is closed, nothing can be reported.
            let _ = writeln!(stderr(), "{}", line.as_str());
        };
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.done();
    }
}
