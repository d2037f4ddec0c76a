//! Where unit files are read from: this machine, or a store wherever it is.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::document::{self, Kind};
use crate::store::{Entry, Resolved, StoreDir, StoreFiles, resolve};

/// What stands at a path.
pub enum Stands {
    /// Nothing.
    Missing,
    /// A symlink.
    Link(PathBuf),
    /// Something else.
    There,
}

/// Files of units.
pub trait UnitFiles {
    /// What stands at a path, itself not followed.
    fn look(&self, path: &Path) -> Result<Stands>;

    /// The names in a directory that are text, as those of units are; none where there is no directory.
    fn list(&self, directory: &Path) -> Result<Option<Vec<String>>>;

    /// The text of a file that is there; none where it is empty or a link to /dev/null, which masks.
    fn text(&self, path: &Path) -> Result<Option<String>>;
}

/// Those of this machine.
pub struct HostFiles;

impl UnitFiles for HostFiles {
    fn look(&self, path: &Path) -> Result<Stands> {
        match fs::symlink_metadata(path) {
            Ok(_) => Ok(fs::read_link(path).map_or(Stands::There, Stands::Link)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Stands::Missing),
            Err(error) => Err(error).with_context(|| format!("could not read {}", path.display())),
        }
    }

    fn list(&self, directory: &Path) -> Result<Option<Vec<String>>> {
        if !directory.is_dir() {
            return Ok(None);
        }
        let context = || format!("could not read {}", directory.display());
        let mut names = Vec::new();
        for entry in fs::read_dir(directory).with_context(context)? {
            names.extend(entry.with_context(context)?.file_name().into_string().ok());
        }
        Ok(Some(names))
    }

    fn text(&self, path: &Path) -> Result<Option<String>> {
        let context = || format!("could not read {}", path.display());
        let metadata = fs::metadata(path).with_context(context)?;
        let is_null = fs::canonicalize(path).is_ok_and(|path| path == Path::new("/dev/null"));
        if is_null || metadata.is_file() && metadata.len() == 0 {
            return Ok(None);
        }
        utf8(
            document::read(path, Kind::Unit).with_context(context)?,
            path,
        )
        .map(Some)
    }
}

/// Those of a store.
pub struct FilesOfStore<'a> {
    /// The store's files.
    pub files: &'a dyn StoreFiles,
    /// The store's directory.
    pub dir: &'a StoreDir,
}

impl UnitFiles for FilesOfStore<'_> {
    fn look(&self, path: &Path) -> Result<Stands> {
        Ok(match self.files.entry(text_of(path)?, None)? {
            None | Some(Entry::Missing) => Stands::Missing,
            Some(Entry::Symlink(target)) => Stands::Link(target.into()),
            Some(_) => Stands::There,
        })
    }

    fn list(&self, directory: &Path) -> Result<Option<Vec<String>>> {
        match resolve(self.files, self.dir, text_of(directory)?)? {
            Resolved::Within(directory) => self.files.list(&directory),
            _ => Ok(None),
        }
    }

    fn text(&self, path: &Path) -> Result<Option<String>> {
        let outside = match resolve(self.files, self.dir, text_of(path)?)? {
            Resolved::Within(file) => match self.files.read(&file, Kind::Unit)? {
                Some(content) if content.is_empty() => return Ok(None),
                Some(content) => return utf8(content, path).map(Some),
                None => "it is not there",
            },
            Resolved::Out => match self.files.entry(text_of(path)?, None)? {
                Some(Entry::Symlink(target)) if target == "/dev/null" => return Ok(None),
                _ => "it leads out of the store",
            },
            Resolved::Missing => "it leads nowhere",
            Resolved::Unknown => "the store's files can't be seen from here",
        };
        bail!("could not read {}: {outside}", path.display())
    }
}

fn text_of(path: &Path) -> Result<&str> {
    path.to_str()
        .with_context(|| format!("{} is not UTF-8", path.display()))
}

fn utf8(content: Vec<u8>, path: &Path) -> Result<String> {
    String::from_utf8(content)
        .with_context(|| format!("could not read {}: it is not UTF-8", path.display()))
}
