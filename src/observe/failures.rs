//! Reads which calls failed from a log of strace.

mod address;
mod calls;
mod line;
mod reading;
mod table;

use std::collections::HashSet;
use std::fmt;
use std::io::Read;

use anyhow::Result;

pub use address::Address;
pub(super) use calls::Operands;
pub(super) use line::Line;
use reading::Extent;
pub(super) use reading::{Collector, each};
use table::family;

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
    /// Reads the calls that failed from a log that strace wrote with [`Tracer::command`](super::Tracer::command). The log may be damaged
    /// or hostile: a line that is not understood is counted. Fails only if `from` does.
    pub fn read(from: impl Read) -> Result<Self> {
        let mut failed = Collector::default();
        let extent = each(from, &mut |line, operands| {
            failed.add_failed(line, operands);
        })?;
        Ok(failed.of(extent))
    }

    /// Adds the failures of another log of the same run.
    pub fn extend(&mut self, other: Self) {
        let extent = Extent {
            not_understood: self.not_understood + other.not_understood,
            incomplete: other.incomplete,
        };
        let mut all = Collector::with(std::mem::take(self));
        for failure in other.calls {
            all.keep(failure);
        }
        *self = all.of(extent);
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

#[cfg(test)]
mod tests;
