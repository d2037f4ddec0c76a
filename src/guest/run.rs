//! Runs commands in a guest.

use std::io::{self, Read};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::Guest;
use crate::interrupt;

const STEP: Duration = Duration::from_millis(5);
/// Output beyond this is left unread.
const MOST: u64 = 4 << 20;

/// How a command in a guest ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Its exit code; `None` if a signal or the time limit ended it.
    pub code: Option<i32>,
    /// What it wrote to standard output.
    pub output: String,
    /// Whether the time limit ended it.
    pub is_late: bool,
}

impl Ended {
    /// Whether it succeeded.
    pub fn is_good(&self) -> bool {
        self.code == Some(0)
    }
}

impl Guest {
    /// Runs a command beside the guest's PID 1, for at most `limit`.
    pub fn run<A: AsRef<std::ffi::OsStr>>(
        &self,
        words: impl IntoIterator<Item = A>,
        limit: Duration,
    ) -> Result<Ended> {
        ended(self.command(words), limit)
    }
}

fn ended(mut command: Command, limit: Duration) -> Result<Ended> {
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().context("cannot start nsenter")?;
    let output = child.stdout.take();
    let reader = thread::spawn(move || {
        let mut text = Vec::new();
        if let Some(output) = output {
            let mut output = output.take(MOST);
            // What was read until an error counts.
            let _ = output.read_to_end(&mut text);
            let _ = io::copy(&mut output.into_inner(), &mut io::sink());
        }
        text
    });
    let start = Instant::now();
    let (code, is_late) = loop {
        if let Some(status) = child.try_wait().context("cannot wait for nsenter")? {
            break (status.code(), false);
        }
        let is_interrupted = interrupt::check().is_err();
        if is_interrupted || start.elapsed() > limit {
            let _ = child.kill();
            child.wait().context("cannot wait for nsenter")?;
            interrupt::check()?;
            break (None, true);
        }
        thread::sleep(STEP);
    };
    // A descendant that keeps the output open must not keep us waiting.
    let output = if is_late {
        Vec::new()
    } else {
        reader.join().unwrap_or_default()
    };
    Ok(Ended {
        code,
        output: String::from_utf8_lossy(&output).into_owned(),
        is_late,
    })
}
