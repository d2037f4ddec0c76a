//! The codes of findings, each with a default level and a one-line summary.

mod level;
mod table;

pub use level::{Level, Levels};
pub use table::Code;

use std::fmt;
use std::str::FromStr;

use anyhow::{Error, Result, bail};

use crate::text::closest;

/// The question that the findings of a code answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Whether systemd can start the service; `confinix check` asks this.
    Starts,
    /// Whether a command finds what it needs when it runs; `confinix check` asks this too. A command that does not exits with
    /// its own status, which the unit may treat as success (`SuccessExitStatus=`, systemd.service(5)).
    Runs,
    /// Whether the policy allows the service.
    Allowed,
}

impl Code {
    /// Whether `confinix check` reports it: it is about what will not work in services' roots.
    pub fn is_foresight(self) -> bool {
        self.question() != Question::Allowed
    }

    /// Whether the answer differs between hosts: a start on one of them proves nothing about another.
    pub fn depends_on_host(self) -> bool {
        matches!(self, Self::SystemdTooOld | Self::ProcMissing)
    }

    /// Whether only a service of the system has the problem. A user's manager has no privileges over the host, and always gives a
    /// confined service a user namespace of its own; the user's bus is not the system's.
    pub fn is_of_system(self) -> bool {
        matches!(
            self,
            Self::PrivateUsers
                | Self::HostStoreReadable
                | Self::HostStoreWritable
                | Self::BusMissing
        )
    }

    /// Whether the service may treat the failure as success, because a command of its own exits with it.
    pub fn may_be_success(self) -> bool {
        self.question() == Question::Runs
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Code {
    type Err = Error;

    /// The code with this text; the error names the most similar one.
    fn from_str(text: &str) -> Result<Self> {
        if let Some(code) = Self::ALL.iter().find(|code| code.as_str() == text) {
            return Ok(*code);
        }
        match closest(text, Self::ALL.iter().map(|code| code.as_str())) {
            Some(closest) => bail!("unknown code {text:?}; did you mean {closest:?}?"),
            None => bail!("unknown code {text:?}; `confinix explain` lists them"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_in_order_and_read_as_they_are_written() -> Result<()> {
        assert!(Code::ALL.is_sorted_by_key(|code| code.as_str()));
        for code in Code::ALL {
            assert_eq!(code.as_str().parse::<Code>()?, *code);
            assert_eq!(format!("{:?}", code.as_str()), serde_json::to_string(code)?);
            assert_eq!(code.summary().trim(), code.summary());
        }
        Ok(())
    }
}
