//! Calls of nix that failed.

use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use signal_hook::consts::SIGKILL;

use super::advice::advice;
use crate::text::{InLines, Terminal, Text, text};

/// A failed call of nix.
#[derive(Debug)]
pub struct Failed {
    /// The program.
    pub(super) program: &'static str,
    /// How it ended.
    pub(super) status: ExitStatus,
    /// The standard error of the call.
    pub stderr: String,
    /// Why confinix ended it, if it did.
    pub(super) ended: Option<String>,
}

/// A text, and after it an error and its causes in one line. Only text that is known to have several lines keeps them.
pub fn with_causes(mut start: Text<Terminal>, error: &anyhow::Error) -> Text<Terminal> {
    for cause in error.chain() {
        let has_lines = cause.is::<Failed>() || cause.is::<InLines>();
        let cause = cause.to_string();
        let cause = if has_lines {
            Text::lines(&cause)
        } else {
            text!("{}", cause)
        };
        start.push(text!(": {}", cause));
    }
    start
}

impl Failed {
    /// Whether it was killed, by the kernel or because of the budget of evaluators.
    pub(super) fn was_killed(&self) -> bool {
        self.status.signal() == Some(SIGKILL)
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} failed ({})", self.program, self.status)?;
        if !self.stderr.trim().is_empty() {
            write!(f, ":\n{}", self.stderr.trim_end())?;
        }
        if let Some(ended) = &self.ended {
            write!(f, "\n{ended}")?;
        } else if self.was_killed() {
            write!(
                f,
                "\nIt was killed, usually by the kernel because memory ran out: check `dmesg`, then run it again."
            )?;
        }
        if let Some(advice) = advice(&self.stderr) {
            write!(f, "\n{advice}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Failed {}
