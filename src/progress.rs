//! Tells on standard error what is being done.

use std::collections::BTreeSet;
use std::io::{IsTerminal, Write, stderr};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::text::{Document, Terminal, Text, text};

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

/// Whether the terminal knows no escape sequences (terminfo's `dumb`).
pub fn is_dumb() -> bool {
    std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb")
}

/// The steps of one run.
pub struct Progress {
    verbosity: Verbosity,
    start: Instant,
    bar: Option<ProgressBar>,
    /// The warnings so far.
    told: Mutex<BTreeSet<String>>,
}

impl Progress {
    /// Begins to tell.
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
            bar.set_message(
                Document::from(Text::<Terminal>::lines(&what.replace('\n', " ")))
                    .as_str()
                    .to_owned(),
            );
        }
        if self.verbosity == Verbosity::Verbose {
            self.print(text!(
                "confinix: {:6.2} s  {}",
                self.start.elapsed().as_secs_f64(),
                what
            ));
        }
    }

    /// Says something that the user ought to know, once, unless nothing is to be told.
    pub fn warn(&self, what: &str) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if self.verbosity != Verbosity::Quiet && told.insert(what.to_owned()) {
            self.print(text!("{}", what));
        }
    }

    /// Says several lines that the user ought to know, unless nothing is to be told.
    pub fn list(&self, lines: Text<Terminal>) {
        if self.verbosity != Verbosity::Quiet && !lines.is_empty() {
            self.print(lines.trimmed_end());
        }
    }

    /// Says something that only the curious want to know.
    pub fn detail(&self, what: &str) {
        if self.verbosity == Verbosity::Verbose {
            self.print(text!("{}", what));
        }
    }

    /// Says that no more steps come: the line that moves gives way to the result.
    pub fn done(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn print(&self, line: Text<Terminal>) {
        let line = Document::from(line);
        let print = || {
            // Standard error may be closed; there is nobody to tell then.
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
