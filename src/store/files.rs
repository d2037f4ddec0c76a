//! The files of a store, on this machine or elsewhere.

use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use rustix::fs::{AtFlags, CWD, FileType, Mode, Stat, lstat, openat, statat};

use super::descend::DIRECTORY;
use super::directories::{counts_links, is_leaf};
use super::items::{self, item};
use super::{Closely, Directories, Item, StoreDir, below};
use crate::document::{Document, Kind, is_absent};

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Nothing is there.
    Missing,
    /// A symlink with this target.
    Symlink(String),
    /// A directory.
    Directory,
    /// A file.
    File {
        /// Its size, in bytes.
        size: u64,
        /// Whether it can be executed.
        executable: bool,
    },
    /// Something that is not a symlink; nothing more is known.
    Other,
}

/// Access to the files of a store. Paths are absolute, as a service would name them.
pub trait StoreFiles: Send + Sync {
    /// Returns what is at `path`, without following a symlink; `None` if that can't be determined. If `path` is a store path,
    /// `nar_size` is its NAR size, a hint for stores in which a lookup is slow.
    fn entry(&self, path: &str, nar_size: Option<u64>) -> Result<Option<Entry>>;

    /// Opens the file at `path`, which must not be a symlink; `None` if there is no file. A file on another machine is fetched, up
    /// to the size limit of its kind.
    fn open(&self, path: &str, kind: Kind) -> Result<Option<Document>>;

    /// Reads the content of a file; `None` if there is no file.
    fn read(&self, path: &str, kind: Kind) -> Result<Option<Vec<u8>>> {
        let Some(document) = self.open(path, kind)? else {
            return Ok(None);
        };
        let content = document.whole(kind);
        content
            .map(Some)
            .with_context(|| format!("cannot read {path}"))
    }

    /// Lists the names in a directory that are UTF-8; `None` if there is no directory.
    fn list(&self, path: &str) -> Result<Option<Vec<String>>>;

    /// Lists the directories below the directory at `path`; `None` if they can't be determined.
    fn directories(&self, path: &str) -> Result<Option<Directories>>;

    /// Lists everything in the store path at `path`, sorted by path; `None` if it can't be looked at so closely.
    fn items(&self, path: &str, closely: Closely) -> Result<Option<Vec<Item>>>;

    /// Returns how many lookups to run at once if they mostly wait; `None` if each keeps a processor busy.
    fn looks_at_once(&self) -> Option<usize> {
        None
    }
}

/// No store: with a recorded graph nothing else is consulted, so that every host gives the same result.
pub struct NoFiles;

impl StoreFiles for NoFiles {
    fn entry(&self, _: &str, _: Option<u64>) -> Result<Option<Entry>> {
        Ok(None)
    }
    fn open(&self, _: &str, _: Kind) -> Result<Option<Document>> {
        Ok(None)
    }
    fn list(&self, _: &str) -> Result<Option<Vec<String>>> {
        Ok(None)
    }
    fn directories(&self, _: &str) -> Result<Option<Directories>> {
        Ok(None)
    }
    fn items(&self, _: &str, _: Closely) -> Result<Option<Vec<Item>>> {
        Ok(None)
    }
}

/// A store on this machine. `root` is `/`, except for store URLs such as `local?root=DIR`.
pub struct LocalFiles {
    root: PathBuf,
    dir: StoreDir,
    /// The directory of the store. Lookups relative to it resolve one name each, for tens of thousands of paths. `None` if it can't
    /// be opened.
    handle: Option<File>,
    /// Whether its file system counts the links to directories.
    counts_links: bool,
}

impl LocalFiles {
    /// Makes the store at `dir` below `root`.
    pub fn new(root: impl Into<PathBuf>, dir: &StoreDir) -> Self {
        let mut files = Self {
            root: root.into(),
            dir: dir.clone(),
            handle: None,
            counts_links: false,
        };
        files.handle = File::open(files.physical(dir.as_str())).ok();
        files.counts_links = files.handle.as_ref().is_some_and(counts_links);
        files
    }

    fn physical(&self, path: &str) -> PathBuf {
        self.root.join(Path::new(path.trim_start_matches('/')))
    }

    fn stat(&self, path: &str) -> io::Result<Stat> {
        // No file name contains a NUL.
        if path.contains('\0') {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(match self.within(path) {
            Some((handle, base)) => statat(handle, base, AtFlags::SYMLINK_NOFOLLOW)?,
            None => lstat(self.physical(path))?,
        })
    }

    /// The handle, and the name of a path directly in the store.
    fn within<'a>(&'a self, path: &'a str) -> Option<(&'a File, &'a str)> {
        let base = below(path, self.dir.as_str())?.strip_prefix('/')?;
        let handle = self.handle.as_ref()?;
        (!base.contains('/')).then_some((handle, base))
    }

    fn open_directory(&self, path: &str) -> io::Result<OwnedFd> {
        let (flags, mode) = (DIRECTORY, Mode::empty());
        Ok(match self.within(path) {
            Some((handle, base)) => openat(handle, base, flags, mode)?,
            None => openat(CWD, self.physical(path), flags, mode)?,
        })
    }
}

impl StoreFiles for LocalFiles {
    fn entry(&self, path: &str, _: Option<u64>) -> Result<Option<Entry>> {
        let physical = self.physical(path);
        let context = || format!("cannot access {}", physical.display());
        let stat = match self.stat(path) {
            Ok(stat) => stat,
            Err(error) if is_absent(&error) => return Ok(Some(Entry::Missing)),
            Err(error) => return Err(error).with_context(context),
        };
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Symlink => {}
            FileType::Directory => return Ok(Some(Entry::Directory)),
            FileType::RegularFile => {
                return Ok(Some(Entry::File {
                    size: u64::try_from(stat.st_size)?,
                    executable: stat.st_mode & 0o111 != 0,
                }));
            }
            _ => return Ok(Some(Entry::Other)),
        }
        let target = fs::read_link(&physical).with_context(context)?;
        match target.into_os_string().into_string() {
            Ok(target) => Ok(Some(Entry::Symlink(target))),
            Err(target) => bail!(
                "cannot follow {}: its target {} is not UTF-8",
                physical.display(),
                target.display()
            ),
        }
    }

    fn open(&self, path: &str, _: Kind) -> Result<Option<Document>> {
        let physical = self.physical(path);
        match Document::open_itself(&physical) {
            Ok(document) => Ok(Some(document)),
            Err(error) if error.is_absent() => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", physical.display())),
        }
    }

    fn list(&self, path: &str) -> Result<Option<Vec<String>>> {
        let physical = self.physical(path);
        let context = || format!("cannot read {}", physical.display());
        let entries = match fs::read_dir(&physical) {
            Ok(entries) => entries,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(error).with_context(context),
        };
        let mut names = Vec::new();
        for entry in entries {
            names.extend(entry.with_context(context)?.file_name().into_string().ok());
        }
        Ok(Some(names))
    }

    fn directories(&self, path: &str) -> Result<Option<Directories>> {
        let list = || {
            if self.counts_links && is_leaf(&self.stat(path)?) {
                return Ok(Directories::default());
            }
            Directories::below(self.open_directory(path)?.as_fd(), self.counts_links)
        };
        let listed = list();
        listed.map(Some).with_context(|| {
            let physical = self.physical(path);
            format!("cannot list the directories of {}", physical.display())
        })
    }

    fn items(&self, path: &str, closely: Closely) -> Result<Option<Vec<Item>>> {
        let Some((handle, base)) = self.within(path) else {
            return Ok(None);
        };
        let list = || {
            if FileType::from_raw_mode(self.stat(path)?.st_mode).is_dir() {
                return items::below(self.open_directory(path)?.as_fd(), closely);
            }
            let only = item(handle.as_fd(), base.as_bytes(), String::new(), closely)?;
            Ok(vec![only])
        };
        match list() {
            Ok(items) => Ok(Some(items)),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(error).with_context(|| {
                let physical = self.physical(path);
                format!("cannot look at the files of {}", physical.display())
            }),
        }
    }
}
