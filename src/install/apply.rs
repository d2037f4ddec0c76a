//! Changes the directory of units.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{Changes, Place};
use crate::document::{Workshop, is_for_want_of_room};

/// New content, which is on the disk and only has to be put in place.
pub struct Staged {
    workshop: Workshop,
    files: Vec<(PathBuf, PathBuf)>,
    removed: Vec<PathBuf>,
}

/// Writes the new content of files into a temporary directory in the directory of units.
pub fn stage(place: &Place, changes: &Changes) -> Result<Staged> {
    let units = place.units();
    let context = || {
        format!(
            "cannot write to {}, where units are installed",
            units.display()
        )
    };
    let workshop = Workshop::within(&units).with_context(context)?;
    let mut staged = Staged {
        files: Vec::new(),
        removed: Vec::new(),
        workshop,
    };
    let new = staged.workshop.new_path();
    let mut write = || {
        fs::create_dir(&new)?;
        for (number, (path, change)) in changes.iter().enumerate() {
            let file = units.join(path);
            match &change.new {
                Some(content) => {
                    let temporary = new.join(number.to_string());
                    write_new(&temporary, content)?;
                    staged.files.push((temporary, file));
                }
                None => staged.removed.push(file),
            }
        }
        flush(&new)
    };
    write().map_err(|error: io::Error| explained(error, &context()))?;
    Ok(staged)
}

/// Adds to an error what to do about it.
pub fn explained(error: io::Error, what: &str) -> anyhow::Error {
    let remedy = if is_for_want_of_room(&error) {
        " (make room there)"
    } else {
        ""
    };
    anyhow::Error::new(error).context(format!("{what}{remedy}"))
}

/// Creates a file.
pub fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    File::create_new(path)?.write_all(content)
}

/// Flushes the file system of a directory to the disk.
pub fn flush(directory: &Path) -> io::Result<()> {
    Ok(rustix::fs::syncfs(File::open(directory)?)?)
}

impl Staged {
    /// Puts everything in place. `directories`: those that confinix makes, or has made and removes when they are empty.
    pub fn put(self, place: &Place, directories: &BTreeSet<String>) -> Result<()> {
        let units = place.units();
        for (temporary, file) in &self.files {
            let put = || {
                if let Some(parent) = file.parent().filter(|parent| *parent != units) {
                    make_directory(parent)?;
                }
                fs::rename(temporary, file)
            };
            put().with_context(|| format!("cannot write {}", file.display()))?;
        }
        for file in &self.removed {
            match fs::remove_file(file) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(error).with_context(|| format!("cannot remove {}", file.display()));
                }
                _ => {}
            }
        }
        for directory in directories {
            // One that is not empty is still needed, or someone else's.
            let _ = fs::remove_dir(units.join(directory));
        }
        self.workshop
            .close()
            .with_context(|| format!("cannot remove temporary files in {}", units.display()))?;
        flush(&units).with_context(|| format!("cannot flush {} to the disk", units.display()))
    }
}

fn make_directory(path: &Path) -> io::Result<()> {
    match fs::create_dir(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}
