//! What strace saw of a run.

use std::io::Read;

use anyhow::Result;

use super::activity::Activity;
use super::failures::{Collector, Failures, Line, Operands, each};

/// What strace saw of a run: a log of [`Calls::All`](super::Calls::All).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// The calls that failed.
    pub failed: Failures,
    /// The calls that used files and sockets and succeeded, as they would fail if what they used were absent (`ENOENT`).
    pub used: Failures,
    /// What the run did.
    pub activity: Activity,
}

impl Trace {
    /// Reads a log. It may be damaged or hostile: a line that is not understood is counted. Fails only if `from` does.
    pub fn read(from: impl Read) -> Result<Self> {
        let (mut failed, mut used) = (Collector::default(), Collector::default());
        let mut activity = Activity::default();
        let extent = each(from, &mut |line, operands| {
            failed.add_failed(line, operands);
            if line.errno.is_empty() && could_be_absent(line, operands) {
                used.add(line, operands, "ENOENT");
            }
            activity.add(line, operands);
        })?;
        activity.incomplete |= extent.incomplete;
        Ok(Self {
            failed: failed.of(extent),
            used: used.of(extent),
            activity,
        })
    }

    /// Adds another log of the same run.
    pub fn extend(&mut self, other: Self) {
        self.failed.extend(other.failed);
        self.used.extend(other.used);
        self.activity.extend(other.activity);
    }
}

/// Whether what a call used could be absent: not what the program had opened before.
fn could_be_absent(line: &Line, operands: &Operands) -> bool {
    match operands {
        Operands::Paths(..) => {
            let call = line.call.trim_end_matches("32");
            !matches!(call, "ioctl" | "fchmod" | "fchown")
        }
        Operands::Address(_) => line.call == "connect",
        Operands::Words(_) => false,
    }
}
