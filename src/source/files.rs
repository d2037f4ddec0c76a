//! Reads recordings, from a file or from standard input.

use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result};

use crate::document::{Kind, open_given, stdin};

/// Reads `path`, which is a file or `-`. `remedy` tells how to make one.
pub fn read_file<T>(
    path: &Path,
    kind: Kind,
    remedy: &str,
    read: impl FnOnce(Box<dyn Read + Send>) -> Result<T>,
) -> Result<T> {
    if path == Path::new("-") {
        return read(stdin(kind)).with_context(|| format!("cannot read standard input ({remedy})"));
    }
    let context = || format!("cannot read {} ({remedy})", path.display());
    read(open_given(path, kind).with_context(context)?).with_context(context)
}
