//! The unit files of this machine.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::document::{self, Kind};

/// What is at the path of a unit file, as systemd distinguishes it.
pub enum UnitEntry {
    /// Nothing.
    Missing,
    /// A symlink.
    Link(PathBuf),
    /// A file.
    File,
    /// A directory, a pipe or anything else that systemd ignores.
    Other,
}

/// What is at a path; a symlink is not followed.
pub fn look(path: &Path) -> Result<UnitEntry> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => Ok(UnitEntry::Link(fs::read_link(path)?)),
        Ok(found) if found.is_file() => Ok(UnitEntry::File),
        Ok(_) => Ok(UnitEntry::Other),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(UnitEntry::Missing),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// The UTF-8 names in a directory; empty if the directory does not exist.
pub fn list(directory: &Path) -> Result<Vec<String>> {
    if !directory.is_dir() {
        return Ok(Vec::new());
    }
    let context = || format!("cannot read {}", directory.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(directory).with_context(context)? {
        names.extend(entry.with_context(context)?.file_name().into_string().ok());
    }
    Ok(names)
}

/// The content of an existing file; `None` if it is empty or a link to /dev/null, which masks the unit.
pub fn content(path: &Path) -> Result<Option<Vec<u8>>> {
    let context = || format!("cannot read {}", path.display());
    let metadata = fs::metadata(path).with_context(context)?;
    let is_null = real(path).is_some_and(|path| path == Path::new("/dev/null"));
    if is_null || metadata.is_file() && metadata.len() == 0 {
        return Ok(None);
    }
    document::read(path, Kind::Unit)
        .with_context(context)
        .map(Some)
}

/// The resolved path; `None` if it is a dangling link.
pub fn real(path: &Path) -> Option<PathBuf> {
    fs::canonicalize(path).ok()
}
