//! Reads a log of strace line by line.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read};

use anyhow::{Context, Result};

use super::calls::{Operands, operands};
use super::line::{Line, Parsed, parse};
use super::{Failure, Failures, Intent};

/// Limits on what is read of a log, in bytes: the log and one line of it.
const MAX_LOG: u64 = 1 << 30;
const MAX_LINE: u64 = 64 << 10;
/// Limits on what is kept of it: different failures, the bytes of their texts together, and processes with an unfinished call.
pub(super) const MAX_FAILURES: usize = 100_000;
const MAX_TEXT: usize = 64 << 20;
pub(super) const MAX_UNFINISHED: usize = 4096;

/// How much of a log was read.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::observe) struct Extent {
    /// How many lines are not understood.
    pub not_understood: u64,
    /// Whether the log has more than is read.
    pub incomplete: bool,
}

/// Reads each call of a log, with what its arguments mean. Fails only if `from` does.
pub(in crate::observe) fn each(
    from: impl Read,
    call: &mut dyn FnMut(&Line, &Operands),
) -> Result<Extent> {
    let mut reading = Reading {
        call,
        extent: Extent::default(),
        unfinished: BTreeMap::new(),
    };
    let mut from = BufReader::new(from.take(MAX_LOG + 1));
    let (mut line, mut read) = (Vec::new(), 0);
    loop {
        line.clear();
        let most = &mut (&mut from).take(MAX_LINE);
        let size = most
            .read_until(b'\n', &mut line)
            .context("cannot read the log")?;
        read += size as u64;
        if size == 0 {
            break;
        }
        if line.last() == Some(&b'\n') {
            line.pop();
            reading.line(&line);
        } else if size as u64 == MAX_LINE {
            // The rest of the line is skipped, not kept.
            reading.extent.not_understood += 1;
            read += skip_line(&mut from).context("cannot read the log")?;
        } else {
            // The tracer was killed while it wrote.
            reading.extent.not_understood += 1;
        }
        if read > MAX_LOG {
            reading.extent.incomplete = true;
            break;
        }
    }
    Ok(reading.extent)
}

/// Skips the rest of a line. Returns its size in bytes.
fn skip_line(from: &mut impl BufRead) -> std::io::Result<u64> {
    let mut skipped = 0;
    loop {
        let bytes = from.fill_buf()?;
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let size = end.map_or(bytes.len(), |end| end + 1);
        from.consume(size);
        skipped += size as u64;
        if end.is_some() || size == 0 {
            return Ok(skipped);
        }
    }
}

/// What is known while a log is being read.
struct Reading<'c> {
    call: &'c mut dyn FnMut(&Line, &Operands),
    extent: Extent,
    /// The beginning of the call that each process has not finished.
    unfinished: BTreeMap<u32, String>,
}

impl Reading<'_> {
    fn line(&mut self, line: &[u8]) {
        let Ok(line) = std::str::from_utf8(line) else {
            self.extent.not_understood += 1;
            return;
        };
        match parse(line) {
            Parsed::Call(line) => self.call(&line),
            Parsed::Unfinished { process, text } => {
                if self.unfinished.len() < MAX_UNFINISHED {
                    self.unfinished.insert(process, text.to_owned());
                } else {
                    self.extent.incomplete = true;
                }
            }
            Parsed::Resumed { process, rest } => {
                let whole = self.unfinished.remove(&process).map(|mut text| {
                    text.push_str(rest);
                    text
                });
                match whole.as_deref().map(parse) {
                    Some(Parsed::Call(line)) => self.call(&line),
                    Some(Parsed::NoCall) => {}
                    _ => self.extent.not_understood += 1,
                }
            }
            Parsed::NoCall => {}
            Parsed::NotUnderstood => self.extent.not_understood += 1,
        }
    }

    fn call(&mut self, line: &Line) {
        match operands(line) {
            Some(operands) => (self.call)(line, &operands),
            None => self.extent.not_understood += 1,
        }
    }
}

/// Failures, while they are collected.
#[derive(Default)]
pub(in crate::observe) struct Collector {
    failures: Failures,
    known: BTreeSet<Failure>,
    text: usize,
}

impl Collector {
    /// Goes on after these.
    pub fn with(failures: Failures) -> Self {
        Self {
            known: failures.calls.iter().cloned().collect(),
            text: failures.calls.iter().map(Failure::size).sum(),
            failures,
        }
    }

    /// Adds a call if it failed.
    pub fn add_failed(&mut self, line: &Line, operands: &Operands) {
        if line.has_failed() {
            self.add(line, operands, line.errno);
        }
    }

    /// Adds a call as one that failed with this error.
    pub fn add(&mut self, line: &Line, operands: &Operands, errno: &str) {
        let failure = |path, address, arguments, intent| Failure {
            call: line.call.to_owned(),
            path,
            address,
            arguments,
            errno: errno.to_owned(),
            intent,
        };
        match operands {
            Operands::Paths(paths, words) => {
                for (path, intent) in paths {
                    self.keep(failure(Some(path.clone()), None, words.clone(), *intent));
                }
            }
            Operands::Address(address) => {
                self.keep(failure(None, Some(address.clone()), None, Intent::Other));
            }
            Operands::Words(words) => {
                self.keep(failure(None, None, words.clone(), Intent::Other));
            }
        }
    }

    /// The failures of a log of which so much was read.
    pub fn of(mut self, extent: Extent) -> Failures {
        self.failures.not_understood = extent.not_understood;
        self.failures.incomplete |= extent.incomplete;
        self.failures
    }

    /// Keeps a failure, if it is new and there is room.
    pub fn keep(&mut self, failure: Failure) {
        if self.known.contains(&failure) {
            return;
        }
        let size = failure.size();
        if self.failures.calls.len() >= MAX_FAILURES || self.text + size > MAX_TEXT {
            self.failures.incomplete = true;
            return;
        }
        self.text += size;
        self.known.insert(failure.clone());
        self.failures.calls.push(failure);
    }
}
