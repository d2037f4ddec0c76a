//! What a service was seen to need when it ran.

use std::fmt;

use anyhow::Result;

use super::known::Use;
use super::sight::Sight;
use crate::finding::Remedy;

/// What a service needed and was refused.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// To read the file at this path, or to list this directory.
    Read(String),
    /// To run the program at this path.
    Execute(String),
    /// To connect to the socket at this path, which whoever listens there makes.
    Connect(String),
    /// To write to the file at this path, which is there without confinement, or to remove or replace it.
    Write(String),
    /// To create the file at this path.
    Create(String),
    /// To create the directory at this path.
    CreateDirectory(String),
    /// To become another user, or to give files to one.
    Users,
    /// To listen on a port below 1024.
    LowPort,
    /// A variable `HOME` with a directory in which it can write.
    Home,
}

/// The need as a clause, such as `it reads /etc/hosts`.
impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(path) => write!(f, "it reads {path}"),
            Self::Execute(path) => write!(f, "it executes {path}"),
            Self::Connect(path) => write!(f, "it connects to {path}"),
            Self::Write(path) => write!(f, "it writes to {path}"),
            Self::Create(path) => write!(f, "it creates {path}"),
            Self::CreateDirectory(path) => write!(f, "it creates the directory {path}"),
            Self::Users => f.write_str("it becomes another user, or gives files to one"),
            Self::LowPort => f.write_str("it listens on a port below 1024"),
            Self::Home => f.write_str("it needs a HOME that it can write to"),
        }
    }
}

impl Sight<'_> {
    /// What meets a need.
    pub(super) fn meet(&self, need: &Need) -> Result<Vec<Remedy>> {
        Ok(match need {
            Need::Execute(path) | Need::Read(path)
                if self.inside.store_dir().owner(path).is_some() =>
            {
                self.take_in_owner(path)
            }
            Need::Execute(path) => {
                let mut remedies = self.shown_at(path)?;
                remedies.extend(self.of_host_remedies(path, Use::Reads));
                remedies
            }
            Need::Read(path) => self.of_host_remedies(path, Use::Reads),
            Need::Connect(path) => self.file_remedies(path, Use::Names),
            Need::Write(path) => self.file_remedies(path, Use::Replaces),
            Need::Create(path) => self.file_remedies(path, Use::Makes),
            Need::CreateDirectory(path) => self.file_remedies(path, Use::MakesDirectory(false)),
            Need::Users | Need::LowPort => self.host_users_remedy(),
            Need::Home => self.home_remedy(),
        })
    }
}
