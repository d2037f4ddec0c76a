//! Readers with a size limit.

use std::io::{self, Read};

use super::{Kind, Unread};

/// Returns the reason of an error from a [`Limited`] reader.
pub(super) fn why(error: io::Error) -> Unread {
    match error.downcast::<Unread>() {
        Ok(unread) => unread,
        Err(error) => Unread::Failed(error),
    }
}

/// Wraps a reader, which then fails beyond the maximum size of this kind of document.
pub fn limited<R: Read>(from: R, kind: Kind) -> Limited<R> {
    Limited {
        from,
        left: kind.limit(),
        kind,
    }
}

/// The reader that [`limited`] returns.
pub struct Limited<R> {
    from: R,
    left: u64,
    kind: Kind,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return match self.from.read(&mut [0])? {
                0 => Ok(0),
                _ => Err(io::Error::other(Unread::TooLarge {
                    size: None,
                    kind: self.kind,
                })),
            };
        }
        let most = usize::try_from(self.left).map_or(into.len(), |left| left.min(into.len()));
        let read = self.from.read(&mut into[..most])?;
        self.left -= read as u64;
        Ok(read)
    }
}
