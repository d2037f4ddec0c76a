//! Where unit files are read from: this machine, or a store wherever it is.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::document::{self, Kind};
use crate::store::{Entry, Resolved, StoreDir, StoreFiles, resolve};

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

/// Access to unit files.
pub trait UnitFiles {
    /// What is at a path; a symlink is not followed.
    fn look(&self, path: &Path) -> Result<UnitEntry>;

    /// The UTF-8 names in a directory; empty if the directory does not exist.
    fn list(&self, directory: &Path) -> Result<Option<Vec<String>>>;

    /// The content of an existing file; `None` if it is empty or a link to /dev/null, which masks the unit.
    fn content(&self, path: &Path) -> Result<Option<Vec<u8>>>;

    /// The resolved path; `None` if it is a dangling link.
    fn real(&self, path: &Path) -> Option<PathBuf>;
}

/// The unit files of this machine.
pub struct HostFiles;

impl UnitFiles for HostFiles {
    fn look(&self, path: &Path) -> Result<UnitEntry> {
        match fs::symlink_metadata(path) {
            Ok(found) if found.is_symlink() => Ok(UnitEntry::Link(fs::read_link(path)?)),
            Ok(found) if found.is_file() => Ok(UnitEntry::File),
            Ok(_) => Ok(UnitEntry::Other),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(UnitEntry::Missing),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    fn list(&self, directory: &Path) -> Result<Option<Vec<String>>> {
        if !directory.is_dir() {
            return Ok(None);
        }
        let context = || format!("cannot read {}", directory.display());
        let mut names = Vec::new();
        for entry in fs::read_dir(directory).with_context(context)? {
            names.extend(entry.with_context(context)?.file_name().into_string().ok());
        }
        Ok(Some(names))
    }

    fn content(&self, path: &Path) -> Result<Option<Vec<u8>>> {
        let context = || format!("cannot read {}", path.display());
        let metadata = fs::metadata(path).with_context(context)?;
        let is_null = fs::canonicalize(path).is_ok_and(|path| path == Path::new("/dev/null"));
        if is_null || metadata.is_file() && metadata.len() == 0 {
            return Ok(None);
        }
        document::read(path, Kind::Unit)
            .with_context(context)
            .map(Some)
    }

    fn real(&self, path: &Path) -> Option<PathBuf> {
        fs::canonicalize(path).ok()
    }
}

/// The unit files of a store.
pub struct FilesOfStore<'a> {
    /// The store's files.
    pub files: &'a dyn StoreFiles,
    /// The store's directory.
    pub dir: &'a StoreDir,
}

impl FilesOfStore<'_> {
    /// Whether a file is a link to /dev/null, directly or through other links.
    pub fn is_null(&self, path: &Path) -> Result<bool> {
        let mut here = path.to_owned();
        // Linux follows this many links.
        for _ in 0..40 {
            let Some(Entry::Symlink(target)) = self.files.entry(text_of(&here)?, None)? else {
                break;
            };
            if target == "/dev/null" {
                return Ok(true);
            }
            here.pop();
            here.push(target);
        }
        Ok(false)
    }
}

impl UnitFiles for FilesOfStore<'_> {
    fn look(&self, path: &Path) -> Result<UnitEntry> {
        Ok(match self.files.entry(text_of(path)?, None)? {
            None | Some(Entry::Missing) => UnitEntry::Missing,
            Some(Entry::Symlink(target)) => UnitEntry::Link(target.into()),
            Some(Entry::Directory) => UnitEntry::Other,
            Some(Entry::File { .. } | Entry::Other) => UnitEntry::File,
        })
    }

    fn list(&self, directory: &Path) -> Result<Option<Vec<String>>> {
        match resolve(self.files, self.dir, text_of(directory)?)? {
            Resolved::Within(directory) => self.files.list(&directory),
            _ => Ok(None),
        }
    }

    fn content(&self, path: &Path) -> Result<Option<Vec<u8>>> {
        let outside = match resolve(self.files, self.dir, text_of(path)?)? {
            Resolved::Within(file) => match self.files.read(&file, Kind::Unit)? {
                Some(content) if content.is_empty() => return Ok(None),
                Some(content) => return Ok(Some(content)),
                None => "it does not exist",
            },
            Resolved::Out if self.is_null(path)? => return Ok(None),
            Resolved::Out => "its target is outside the store",
            Resolved::Missing => "it is a dangling link",
            Resolved::Unknown => "the store's files are not accessible",
        };
        bail!("cannot read {}: {outside}", path.display())
    }

    fn real(&self, path: &Path) -> Option<PathBuf> {
        match resolve(self.files, self.dir, path.to_str()?) {
            Ok(Resolved::Within(path)) => Some(path.into()),
            _ => None,
        }
    }
}

fn text_of(path: &Path) -> Result<&str> {
    path.to_str()
        .with_context(|| format!("{} is not UTF-8", path.display()))
}
