//! Documents that the command line names: a file, a pipe, or standard input.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use super::limited::why;
use super::{Kind, Unread, limited, open};

/// Opens `path` as given by the user: a regular file, or a pipe such as `--services <(…)`. Waits for the writer of a pipe.
pub fn open_given(path: &Path, kind: Kind) -> Result<Box<dyn Read + Send>, Unread> {
    if !fs::metadata(path)?.file_type().is_fifo() {
        return open(path)?.stream(kind);
    }
    Ok(Box::new(limited(File::open(path)?, kind)))
}

/// Reads all of `path` as given by the user; see [`open_given`].
pub fn read_given(path: &Path, kind: Kind) -> Result<Vec<u8>, Unread> {
    let mut bytes = Vec::new();
    let mut from = open_given(path, kind)?;
    from.read_to_end(&mut bytes).map_err(why)?;
    Ok(bytes)
}

/// Returns standard input, of any file type.
pub fn stdin(kind: Kind) -> Box<dyn Read + Send> {
    Box::new(limited(io::stdin(), kind))
}
