//! Reads a log of strace line by line.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read};

use anyhow::{Context, Result};

use super::super::tracer::Calls;
use super::calls::{Operands, operands};
use super::line::{Line, Parsed, parse};
use super::table::is_answer;
use super::{Failure, Failures, Intent};

/// Limits on what is read of a log, in bytes: the log and one line of it.
const MAX_LOG: u64 = 1 << 30;
const MAX_LINE: u64 = 64 << 10;
/// Limits on what is kept of it: different failures, the bytes of their texts together, and processes with an unfinished call.
pub(super) const MAX_FAILURES: usize = 100_000;
const MAX_TEXT: usize = 64 << 20;
pub(super) const MAX_UNFINISHED: usize = 4096;

/// Reads these calls of a log.
pub(super) fn read(from: impl Read, calls: Calls) -> Result<Failures> {
    let mut reading = Reading::of(calls);
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
            reading.failures.not_understood += 1;
            read += skip_line(&mut from).context("cannot read the log")?;
        } else {
            // The tracer was killed while it wrote.
            reading.failures.not_understood += 1;
        }
        if read > MAX_LOG {
            reading.failures.incomplete = true;
            break;
        }
    }
    Ok(reading.failures)
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
struct Reading {
    /// The calls that count.
    calls: Calls,
    failures: Failures,
    known: BTreeSet<Failure>,
    text: usize,
    /// The beginning of the call that each process has not finished.
    unfinished: BTreeMap<u32, String>,
}

impl Reading {
    fn of(calls: Calls) -> Self {
        Self {
            calls,
            failures: Failures::default(),
            known: BTreeSet::new(),
            text: 0,
            unfinished: BTreeMap::new(),
        }
    }

    fn line(&mut self, line: &[u8]) {
        let Ok(line) = std::str::from_utf8(line) else {
            self.failures.not_understood += 1;
            return;
        };
        match parse(line) {
            Parsed::Call(line) => self.call(&line),
            Parsed::Unfinished { process, text } => {
                if self.unfinished.len() < MAX_UNFINISHED {
                    self.unfinished.insert(process, text.to_owned());
                } else {
                    self.failures.incomplete = true;
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
                    _ => self.failures.not_understood += 1,
                }
            }
            Parsed::NoCall => {}
            Parsed::NotUnderstood => self.failures.not_understood += 1,
        }
    }

    fn call(&mut self, line: &Line) {
        let errno = match (self.calls, line.errno) {
            (Calls::Failed, "") => return,
            (Calls::Failed, errno) if is_answer(line.call, errno) => return,
            (Calls::Failed, errno) => errno,
            (Calls::Succeeded, "") => "ENOENT",
            (Calls::Succeeded, _) => return,
        };
        let Some(operands) = operands(line) else {
            self.failures.not_understood += 1;
            return;
        };
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
                    self.add(failure(Some(path), None, words.clone(), intent));
                }
            }
            Operands::Address(address) => {
                self.add(failure(None, Some(address), None, Intent::Other));
            }
            // Without a path or an address, nothing could be absent.
            Operands::Words(_) if self.calls == Calls::Succeeded => {}
            Operands::Words(words) => self.add(failure(None, None, words, Intent::Other)),
        }
    }

    fn add(&mut self, failure: Failure) {
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
