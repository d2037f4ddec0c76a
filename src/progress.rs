//! Tells on standard error what is being done.

use std::io::{IsTerminal, Write, stderr};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verbosity {
    /// Nothing but errors.
    Quiet,
    /// A line that moves, on a terminal; warnings.
    Normal,
    /// A line for every step, and all that nix says.
    Verbose,
}

/// The line that moves; a process has one at most.
static BAR: OnceLock<ProgressBar> = OnceLock::new();

/// Has the line that moves give way to the result, for good.
pub fn give_way() {
    if let Some(bar) = BAR.get() {
        bar.finish_and_clear();
    }
}

/// The steps of one run.
pub struct Progress {
    verbosity: Verbosity,
    start: Instant,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Begins to tell.
    pub fn new(verbosity: Verbosity) -> Self {
        let bar = (verbosity == Verbosity::Normal && stderr().is_terminal()).then(|| {
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
        }
    }

    /// Whether nothing is to be told.
    pub fn is_quiet(&self) -> bool {
        self.verbosity == Verbosity::Quiet
    }

    /// Begins a step; `what` is a present participle with its object and counts.
    pub fn step(&self, what: &str) {
        if let Some(bar) = &self.bar {
            // Not before there is something to tell.
            if bar.message().is_empty() {
                bar.enable_steady_tick(Duration::from_millis(100));
            }
            bar.set_message(what.to_owned());
        }
        if self.verbosity == Verbosity::Verbose {
            self.print(&format!(
                "confinix: {:6.2} s  {what}",
                self.start.elapsed().as_secs_f64()
            ));
        }
    }

    /// Says something that the user ought to know, unless nothing is to be told.
    pub fn warn(&self, what: &str) {
        if self.verbosity != Verbosity::Quiet {
            self.print(what);
        }
    }

    /// Says something that only the curious want to know.
    pub fn detail(&self, what: &str) {
        if self.verbosity == Verbosity::Verbose {
            self.print(what);
        }
    }

    /// Says that no more steps come: the line that moves gives way to the result.
    pub fn done(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn print(&self, line: &str) {
        let print = || {
            // Standard error may be closed; there is nobody to tell then.
            let _ = writeln!(stderr(), "{line}");
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
