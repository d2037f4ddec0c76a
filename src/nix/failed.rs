//! Calls of nix that failed.

use std::fmt::{self, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use signal_hook::consts::SIGKILL;

use super::advice::advice;
use crate::text::{InLines, Terminal, Text, shortened, text};

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
        let told = told(&self.stderr);
        if !told.trim().is_empty() {
            write!(f, ":\n{}", told.trim_end())?;
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

/// Longer lines are cut after this many characters: they list all derivations that have not been built.
const MAX_LINE: usize = 500;

/// What nix said, without its plan: the derivations that it was going to build and the paths that it was going to fetch, which would
/// hide the error.
fn told(stderr: &str) -> String {
    let mut is_plan = false;
    let mut told = String::new();
    for line in stderr.lines() {
        is_plan = line.ends_with(" will be built:")
            || line.contains(" will be fetched (")
            || is_plan && line.starts_with("  /");
        if is_plan || line.starts_with("building '/") || line.starts_with("copying path '/") {
            continue;
        }
        let (shown, more) = shortened(line, MAX_LINE);
        told.push_str(shown);
        if more > 0 {
            let _ = write!(told, "… ({more} more characters)");
        }
        told.push('\n');
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_of_nix_does_not_hide_its_error() {
        let stderr = "warning: a\nthese 2 derivations will be built:\n  /nix/store/a.drv\n  /nix/store/b.drv\n\
            these 2 paths will be fetched (1.00 MiB download, 2.00 MiB unpacked):\n  /nix/store/c\n\
            building '/nix/store/a.drv'...\nof the builder\n  indented\nerror: builder for '/nix/store/a.drv' failed";
        assert_eq!(
            told(stderr),
            "warning: a\nof the builder\n  indented\nerror: builder for '/nix/store/a.drv' failed\n"
        );
        let long = format!("error: build of {} failed", "x".repeat(2 * MAX_LINE));
        let told = told(&long);
        assert!(told.starts_with("error: build of x") && told.ends_with(" more characters)\n"));
        assert!(told.len() < MAX_LINE + 50);
    }
}
