//! Looks at files in the directory of units.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::document::{self, Document, Kind, is_absent};
use crate::systemd::DROP_IN_NAME;

/// What is at a path.
pub enum Found {
    /// Nothing.
    Nothing,
    /// A file, with its content.
    File(Vec<u8>),
    /// A link to /dev/null, which masks a unit.
    Mask,
    /// Something else, as the end of a sentence.
    Other(&'static str),
}

/// Looks at a file. Links are not followed.
pub fn look(path: &Path) -> Result<Found> {
    let context = || format!("cannot read {}", path.display());
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if is_absent(&error) => return Ok(Found::Nothing),
        Err(error) => return Err(error).with_context(context),
    };
    if metadata.is_symlink() {
        let target = fs::read_link(path).with_context(context)?;
        return Ok(if target == Path::new("/dev/null") {
            Found::Mask
        } else {
            Found::Other("a link")
        });
    }
    if metadata.is_dir() {
        return Ok(Found::Other("a directory"));
    }
    let content = Document::open_itself(path).and_then(|file| file.whole(Kind::BundleFile));
    match content {
        Ok(content) => Ok(Found::File(content)),
        Err(document::Unread::NotRegular(what)) => Ok(Found::Other(what)),
        Err(error) => Err(error).with_context(context),
    }
}

/// What is at the path of a directory.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum FoundDirectory {
    /// Nothing.
    Nothing,
    /// A directory.
    Directory,
    /// Something else, such as a link to a directory.
    Other,
}

/// Looks at a directory. Links are not followed.
pub fn look_at_directory(path: &Path) -> Result<FoundDirectory> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => Ok(FoundDirectory::Directory),
        Ok(_) => Ok(FoundDirectory::Other),
        Err(error) if is_absent(&error) => Ok(FoundDirectory::Nothing),
        Err(error) => Err(error).with_context(|| format!("cannot access {}", path.display())),
    }
}

/// The drop-ins of confinement in the directory of units, by their path there.
pub fn drop_ins(units: &Path) -> Result<Vec<String>> {
    let context = || format!("cannot list {}", units.display());
    let mut found = Vec::new();
    for entry in fs::read_dir(units).with_context(context)? {
        let name = entry.with_context(context)?.file_name();
        let path = Path::new(&name).join(DROP_IN_NAME);
        if fs::symlink_metadata(units.join(&path)).is_ok() {
            found.push(path.display().to_string());
        }
    }
    found.sort();
    Ok(found)
}
