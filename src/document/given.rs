//! Documents that the command line names: a file, a pipe, or standard input.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use super::limited::why;
use super::{Kind, Unread, limited, open};

/// Opens what the user named `path`: a regular file, or a pipe, as `--services <(…)` is one. With a pipe it waits for the writer.
pub fn open_given(path: &Path, kind: Kind) -> Result<Box<dyn Read + Send>, Unread> {
    if !fs::metadata(path)?.file_type().is_fifo() {
        return open(path)?.stream(kind);
    }
    Ok(Box::new(limited(File::open(path)?, kind)))
}

/// All of what the user named `path`; see [`open_given`].
pub fn read_given(path: &Path, kind: Kind) -> Result<Vec<u8>, Unread> {
    let mut bytes = Vec::new();
    let mut from = open_given(path, kind)?;
    from.read_to_end(&mut bytes).map_err(why)?;
    Ok(bytes)
}

/// Standard input, whatever it is.
pub fn stdin(kind: Kind) -> Box<dyn Read + Send> {
    Box::new(limited(io::stdin(), kind))
}
