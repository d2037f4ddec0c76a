//! Reasons for not reading a document.

use std::fmt;
use std::io::{self, ErrorKind};

use rustix::io::Errno;

use super::Kind;
use crate::text::bytes;

/// Returns whether an error means that a path does not exist. No file has a name of more than 255 bytes.
pub fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
        || error.raw_os_error() == Some(Errno::NAMETOOLONG.raw_os_error())
}

/// The reason why a document was not read.
#[derive(Debug)]
pub enum Unread {
    /// The system call failed.
    Failed(io::Error),
    /// The file is a pipe, a device, a socket or a directory. Opening some of these would block or have side effects.
    NotRegular(&'static str),
    /// The document is larger than its kind allows.
    TooLarge {
        /// The size in bytes; `None` if it is unknown before reading.
        size: Option<u64>,
        /// The kind of document.
        kind: Kind,
    },
    /// The document is not text.
    NotText,
}

impl Unread {
    /// Returns whether the file does not exist.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Failed(error) if is_absent(error))
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => error.fmt(f),
            Self::NotRegular(what) => write!(f, "it is not a regular file but {what}"),
            Self::TooLarge { size, kind } => {
                match size {
                    Some(size) => write!(f, "its size is {}", bytes(*size))?,
                    None => write!(f, "it is larger than {}", bytes(kind.limit()))?,
                }
                let limit = bytes(kind.limit());
                write!(
                    f,
                    "; the limit for {} is {limit}: {}",
                    kind.name(),
                    kind.remedy()
                )
            }
            Self::NotText => f.write_str("it is not UTF-8"),
        }
    }
}

impl std::error::Error for Unread {}

impl From<io::Error> for Unread {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}
