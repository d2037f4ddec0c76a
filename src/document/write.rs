//! Writing: whole or not at all, and on the disk before it is in place.

use std::fmt::Display;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use tempfile::{NamedTempFile, TempDir};

use super::leftovers::{PREFIX, hold, hold_file, sweep};
use crate::interrupt::{self, Hold};
use crate::text::Document;

/// A directory to make something in, which goes with all that it still holds. What runs that were killed have left beside it goes first.
pub struct Workshop {
    dir: TempDir,
    /// As long as it is held, no other run takes the directory for something left.
    _lock: OwnedFd,
}

/// How often a name is tried that another run takes away.
const TRIES: usize = 100;

impl Workshop {
    /// One in this directory, on the same file system, so that what is made can be renamed.
    pub fn within(parent: &Path) -> io::Result<Self> {
        sweep(parent);
        for _ in 0..TRIES {
            let dir = tempfile::Builder::new()
                .prefix(PREFIX)
                .tempdir_in(parent)
                // Its own text names the temporary directory.
                .map_err(plain)?;
            if let Some(lock) = hold(dir.path())? {
                return Ok(Self { dir, _lock: lock });
            }
        }
        Err(ErrorKind::ResourceBusy.into())
    }

    /// One where temporary files belong.
    pub fn temporary() -> Result<Self> {
        let parent = std::env::temp_dir();
        Self::within(&parent).with_context(|| {
            format!(
                "could not make a temporary directory in {} (set TMPDIR to another)",
                parent.display()
            )
        })
    }

    /// Where what is made has its place.
    pub fn new_path(&self) -> PathBuf {
        self.dir.path().join("new")
    }

    /// Removes it.
    pub fn close(self) -> io::Result<()> {
        self.dir.close().map_err(plain)
    }
}

/// What the system said. Where that has been put into a text with a temporary name, its number stands before the name.
fn plain(error: io::Error) -> io::Error {
    let text = error.to_string();
    let number = text
        .split_once("(os error ")
        .and_then(|(_, rest)| rest.split_once(')'));
    match number.and_then(|(number, _)| number.parse().ok()) {
        Some(code) => io::Error::from_raw_os_error(code),
        None => error,
    }
}

/// Has the names in a directory on the disk. `within`: something on the same file system, for a directory that can't be read.
pub fn sync_directory(directory: &Path, within: Option<&File>) -> io::Result<()> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let synced = match rustix::fs::open(directory, flags, Mode::empty()) {
        Ok(directory) => rustix::fs::fsync(directory),
        Err(Errno::ACCESS) => within.map_or(Ok(()), rustix::fs::syncfs),
        Err(error) => Err(error),
    };
    match synced {
        // Some file systems can't do it for a directory, and do it by themselves.
        Err(Errno::INVAL | Errno::NOTSUP | Errno::ROFS) | Ok(()) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Whether there is no room.
pub fn is_for_want_of_room(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge
    )
}

fn could_not(file: &Path, error: io::Error) -> anyhow::Error {
    let remedy = if is_for_want_of_room(&error) {
        "make room there, or name another file"
    } else {
        "name another file"
    };
    anyhow::Error::new(error).context(format!("could not write {} ({remedy})", file.display()))
}

/// Whether it is there and no regular file, so that it is written to and not replaced.
pub fn is_stream(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|metadata| !metadata.is_file())
}

/// Writes a file whole or not at all; what is no regular file (a pipe, /dev/stderr) is written to as it is.
pub fn write_whole(file: &Path, document: impl Into<Document>) -> Result<()> {
    Prepared::new(file, &document.into())?.put()
}

/// Writes a file whole, where nothing is yet, not even a link that leads nowhere; false where something is.
pub fn write_new(file: &Path, document: impl Into<Document>) -> Result<bool> {
    if fs::symlink_metadata(file).is_ok() {
        return Ok(false);
    }
    let new = New::fill(file.to_owned(), &document.into())?;
    match new.content.persist_noclobber(&new.place) {
        Ok(content) => settle(&new.place, &content).map(|()| true),
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(could_not(&new.place, plain(error.error))),
    }
}

/// A file that only has to be put in its place.
pub struct Prepared<'t>(Inner<'t>);

enum Inner<'t> {
    New(New),
    /// What is no regular file, and what is to be written to it.
    Stream(File, PathBuf, &'t Document),
}

/// The content of a file in another beside it.
struct New {
    content: NamedTempFile,
    place: PathBuf,
    _hold: Hold,
}

impl<'t> Prepared<'t> {
    /// Writes a document, but not yet to its place.
    pub fn new(file: &Path, document: &'t Document) -> Result<Self> {
        if is_stream(file) {
            let stream = fs::OpenOptions::new().write(true).open(file);
            let stream = stream.map_err(|error| could_not(file, error))?;
            return Ok(Self(Inner::Stream(stream, file.to_owned(), document)));
        }
        // A link stays one: what it leads to is replaced.
        let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
        Ok(Self(Inner::New(New::fill(file, document)?)))
    }

    /// Puts it in its place, or writes it there.
    pub fn put(self) -> Result<()> {
        match self.0 {
            Inner::New(New { content, place, .. }) => match content.persist(&place) {
                Ok(content) => settle(&place, &content),
                Err(error) => Err(could_not(&place, plain(error.error))),
            },
            Inner::Stream(mut stream, file, document) => stream
                .write_all(document.as_str().as_bytes())
                .map_err(|error| could_not(&file, error)),
        }
    }
}

impl New {
    fn fill(place: PathBuf, document: &Document) -> Result<Self> {
        let parent = parent(&place);
        if !parent.is_dir() {
            bail!(
                "could not write {}: there is no directory {} (create it, or name another file)",
                place.display(),
                parent.display()
            );
        }
        let hold = interrupt::hold();
        sweep(parent);
        let mut content = (0..TRIES)
            .map(|_| {
                let new = tempfile::Builder::new()
                    .prefix(PREFIX)
                    .permissions(permissions(&place))
                    .tempfile_in(parent)
                    .map_err(plain)?;
                Ok(hold_file(new.as_file())?.then_some(new))
            })
            .find_map(Result::transpose)
            .unwrap_or_else(|| Err(ErrorKind::ResourceBusy.into()))
            .map_err(|error: io::Error| could_not(&place, error))?;
        content
            .write_all(document.as_str().as_bytes())
            .and_then(|()| content.as_file().sync_all())
            .map_err(|error| could_not(&place, plain(error)))?;
        interrupt::check()?;
        Ok(Self {
            content,
            place,
            _hold: hold,
        })
    }
}

/// The directory that something is in.
pub fn parent(place: &Path) -> &Path {
    match place.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

fn settle(place: &Path, content: &File) -> Result<()> {
    sync_directory(parent(place), Some(content)).with_context(|| in_place(&place.display()))
}

/// What is to be said where only the last step has failed.
pub fn in_place(place: &dyn Display) -> String {
    format!("{place} is in place, but may not yet be on the disk")
}

/// Those of the file that is there, or else what the umask leaves of the usual ones.
fn permissions(file: &Path) -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(file).map_or_else(
        |_| fs::Permissions::from_mode(0o666),
        |metadata| metadata.permissions(),
    )
}
