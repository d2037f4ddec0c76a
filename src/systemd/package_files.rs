//! The unit files of packages, in a store wherever it is.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::document::Kind;
use crate::store::{Entry, Resolved, StoreDir, StoreFiles, resolve};

/// The unit files of packages.
pub struct PackageFiles<'a> {
    /// The store's files.
    pub files: &'a dyn StoreFiles,
    /// The store's directory.
    pub dir: &'a StoreDir,
}

/// What the path of a unit file leads to, through all symlinks.
pub enum End {
    /// A path of the store, which may not exist.
    InStore(String),
    /// /dev/null
    Null,
    /// Nothing that NixOS finds when it builds the directory of units, for this reason.
    Lost(&'static str),
    /// Unknown: the store's files are not accessible.
    Unknown,
}

impl PackageFiles<'_> {
    /// What a path leads to.
    pub fn end(&self, path: &Path) -> Result<End> {
        Ok(match resolve(self.files, self.dir, text_of(path)?)? {
            Resolved::Within(end) => End::InStore(end),
            Resolved::Out if self.is_null(path)? => End::Null,
            Resolved::Out => End::Lost("its target is outside the store, on the host"),
            Resolved::Missing => End::Lost("it is a dangling link"),
            Resolved::Unknown => End::Unknown,
        })
    }

    /// The UTF-8 names in a directory; empty if the directory does not exist.
    pub fn list(&self, directory: &Path) -> Result<Vec<String>> {
        Ok(match self.end(directory)? {
            End::InStore(directory) => self.files.list(&directory)?.unwrap_or_default(),
            End::Null | End::Lost(_) | End::Unknown => Vec::new(),
        })
    }

    /// The content of an existing file; `None` if it is empty or a link to /dev/null, which masks the unit.
    pub fn content(&self, path: &Path) -> Result<Option<Vec<u8>>> {
        let why = match self.end(path)? {
            End::InStore(file) => match self.files.read(&file, Kind::Unit)? {
                Some(content) => return Ok(Some(content).filter(|content| !content.is_empty())),
                None => "it does not exist",
            },
            End::Null => return Ok(None),
            End::Lost(why) => why,
            End::Unknown => "the store's files are not accessible",
        };
        bail!("cannot read {}: {why}", path.display())
    }

    /// Whether a file is a link to /dev/null, directly or through other links.
    fn is_null(&self, path: &Path) -> Result<bool> {
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

fn text_of(path: &Path) -> Result<&str> {
    path.to_str()
        .with_context(|| format!("{} is not UTF-8", path.display()))
}
