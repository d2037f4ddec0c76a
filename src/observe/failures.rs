//! Reads which calls failed from a log of strace.

mod address;
mod calls;
mod line;
mod table;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::io::{BufRead, BufReader, Read};

use anyhow::{Context, Result};

pub use address::Address;
use calls::{Operands, operands};
use line::{Line, Parsed, parse};
use table::{family, is_answer};

/// Limits on what is read of a log, in bytes: the log and one line of it.
const MAX_LOG: u64 = 1 << 30;
const MAX_LINE: u64 = 64 << 10;
/// Limits on what is kept of it: different failures, the bytes of their texts together, and processes with an unfinished call.
const MAX_FAILURES: usize = 100_000;
const MAX_TEXT: usize = 64 << 20;
const MAX_UNFINISHED: usize = 4096;

/// What a call was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Intent {
    /// To read a file or what is known about it.
    Read,
    /// To execute a file.
    Execute,
    /// To change a file, or to remove it.
    Write,
    /// To make a file or a directory.
    Create,
    /// To list a directory or to enter it.
    Directory,
    /// Anything else.
    Other,
}

/// A call that failed. Two calls that differ in nothing that is here are one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Failure {
    /// The name of the system call.
    pub call: String,
    /// The path that it was given. It is absolute and has no `.` or `..`, unless the log does not have the directory that it is
    /// relative to. A byte that is not part of a UTF-8 character is U+FFFD.
    pub path: Option<String>,
    /// The address that it was given.
    pub address: Option<Address>,
    /// Other arguments that tell what it was for: `0, 33`, or `AF_NETLINK, SOCK_RAW, 0`. `None` if path or address do.
    pub arguments: Option<String>,
    /// The name of the error: `ENOENT`.
    pub errno: String,
    /// What it was for.
    pub intent: Intent,
}

/// The calls that failed in a run, in the order in which each first did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    /// The calls. One with two paths is here twice, because the log does not tell which of them is the reason.
    pub calls: Vec<Failure>,
    /// How many lines of the log are not understood.
    pub not_understood: u64,
    /// Whether calls may be missing: the log has more than confinix reads.
    pub incomplete: bool,
}

impl Failures {
    /// Reads a log that strace wrote with [`Tracer::command`](super::Tracer::command). The log may be damaged or hostile: a line that
    /// is not understood is counted. Fails only if `from` does.
    pub fn read(from: impl Read) -> Result<Self> {
        let mut reading = Reading::default();
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

    /// Adds the failures of another log of the same run.
    pub fn extend(&mut self, other: Self) {
        self.not_understood += other.not_understood;
        self.incomplete |= other.incomplete;
        let known: HashSet<_> = self.calls.iter().cloned().collect();
        let is_new = |failure: &Failure| !known.contains(failure);
        self.calls.extend(other.calls.into_iter().filter(is_new));
    }

    /// Returns what failed in this run and not in `control`: no call for the same there (such as open(2) and openat(2)) with the same
    /// path, address and arguments failed with the same error.
    #[must_use]
    pub fn beyond(&self, control: &Self) -> Self {
        let known: HashSet<_> = control.calls.iter().map(Failure::comparable).collect();
        let is_new = |failure: &&Failure| !known.contains(&failure.comparable());
        Self {
            calls: self.calls.iter().filter(is_new).cloned().collect(),
            not_understood: self.not_understood,
            incomplete: self.incomplete || control.incomplete,
        }
    }
}

/// `openat /etc/x: ENOENT`
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.call)?;
        if let Some(path) = &self.path {
            write!(f, " {path}")?;
        }
        if let Some(address) = &self.address {
            write!(f, " {address}")?;
        }
        if let Some(arguments) = &self.arguments {
            write!(f, " {arguments}")?;
        }
        write!(f, ": {}", self.errno)
    }
}

impl Failure {
    /// What two runs have in common. The numbers of processes differ in each.
    fn comparable(&self) -> impl Eq + std::hash::Hash + use<> {
        let path = self.path.as_deref().map(|path| {
            let process = path.strip_prefix("/proc/");
            let process = process.map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
            match process {
                Some(rest) if path.len() > "/proc/".len() + rest.len() => format!("/proc/*{rest}"),
                _ => path.to_owned(),
            }
        });
        (
            family(&self.call).to_owned(),
            path,
            self.address.clone(),
            self.arguments.clone(),
            self.errno.clone(),
        )
    }

    fn size(&self) -> usize {
        let optional = [&self.path, &self.arguments];
        let optional = optional.into_iter().flatten().map(String::len);
        let address = self.address.as_ref().map_or(0, Address::size);
        self.call.len() + self.errno.len() + optional.sum::<usize>() + address
    }
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
#[derive(Default)]
struct Reading {
    failures: Failures,
    known: BTreeSet<Failure>,
    text: usize,
    /// The beginning of the call that each process has not finished.
    unfinished: BTreeMap<u32, String>,
}

impl Reading {
    fn line(&mut self, line: &[u8]) {
        let Ok(line) = std::str::from_utf8(line) else {
            self.failures.not_understood += 1;
            return;
        };
        match parse(line) {
            Parsed::Failed(line) => self.failed(&line),
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
                    Some(Parsed::Failed(line)) => self.failed(&line),
                    Some(Parsed::NoFailure) => {}
                    _ => self.failures.not_understood += 1,
                }
            }
            Parsed::NoFailure => {}
            Parsed::NotUnderstood => self.failures.not_understood += 1,
        }
    }

    fn failed(&mut self, line: &Line) {
        if is_answer(line.call, line.errno) {
            return;
        }
        let Some(operands) = operands(line) else {
            self.failures.not_understood += 1;
            return;
        };
        let failure = |path, address, arguments, intent| Failure {
            call: line.call.to_owned(),
            path,
            address,
            arguments,
            errno: line.errno.to_owned(),
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

#[cfg(test)]
mod tests;
