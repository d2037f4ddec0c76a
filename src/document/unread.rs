//! Why documents are not read.

use std::fmt;
use std::io::{self, ErrorKind};

use rustix::io::Errno;

use super::Kind;
use crate::store::bytes;

/// Whether an error says that there is nothing at a path, not even by its name: one of more than 255 bytes is no file's.
pub fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
        || error.raw_os_error() == Some(Errno::NAMETOOLONG.raw_os_error())
}

/// Why a document was not read.
#[derive(Debug)]
pub enum Unread {
    /// The system refuses.
    Failed(io::Error),
    /// It is a pipe, a device, a socket or a directory. To open some of these would be to wait for somebody, or to set something off.
    NotRegular(&'static str),
    /// It is larger than its kind may be.
    TooLarge {
        /// Its size in bytes; `None` if it has none before it was read.
        size: Option<u64>,
        /// What it is.
        kind: Kind,
    },
    /// It is no text.
    NotText,
}

impl Unread {
    /// Whether there is nothing to be read.
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
                    Some(size) => write!(f, "it has {}", bytes(*size))?,
                    None => write!(f, "it has more than {}", bytes(kind.limit()))?,
                }
                let limit = bytes(kind.limit());
                write!(
                    f,
                    ", and {} may have {limit}: {}",
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
