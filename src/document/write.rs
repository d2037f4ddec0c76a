//! Writes files whole or not at all, with the data on the disk before the name.

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

/// A temporary directory that is removed with its content when dropped. Creating one first removes what killed runs have left beside it.
pub struct Workshop {
    dir: TempDir,
    /// While this lock is held, no other run treats the directory as a leftover.
    _lock: OwnedFd,
}

/// The number of attempts if another run removes the new directory.
const TRIES: usize = 100;

impl Workshop {
    /// Creates one in this directory, and so on the same file system, which renaming its content needs.
    pub fn within(parent: &Path) -> io::Result<Self> {
        sweep(parent);
        for _ in 0..TRIES {
            let dir = tempfile::Builder::new()
                .prefix(PREFIX)
                .tempdir_in(parent)
                // tempfile's message contains the temporary name.
                .map_err(plain)?;
            if let Some(lock) = hold(dir.path())? {
                return Ok(Self { dir, _lock: lock });
            }
        }
        Err(ErrorKind::ResourceBusy.into())
    }

    /// Creates one in the directory for temporary files.
    pub fn temporary() -> Result<Self> {
        let parent = std::env::temp_dir();
        Self::within(&parent).with_context(|| {
            format!(
                "cannot create a temporary directory in {} (set TMPDIR to another)",
                parent.display()
            )
        })
    }

    /// Returns the path for the new content.
    pub fn new_path(&self) -> PathBuf {
        self.dir.path().join("new")
    }

    /// Removes the directory.
    pub fn close(self) -> io::Result<()> {
        self.dir.close().map_err(plain)
    }
}

/// Returns the error of the system, without tempfile's message, which contains a temporary name.
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

/// Flushes the names in a directory to the disk. If the directory can't be read, flushes the file system of `within`.
pub fn sync_directory(directory: &Path, within: Option<&File>) -> io::Result<()> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let synced = match rustix::fs::open(directory, flags, Mode::empty()) {
        Ok(directory) => rustix::fs::fsync(directory),
        Err(Errno::ACCESS) => within.map_or(Ok(()), rustix::fs::syncfs),
        Err(error) => Err(error),
    };
    match synced {
        // Some file systems can't flush a directory, and do not need to.
        Err(Errno::INVAL | Errno::NOTSUP | Errno::ROFS) | Ok(()) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Returns whether the error is a lack of space.
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
    anyhow::Error::new(error).context(format!("cannot write {} ({remedy})", file.display()))
}

/// Returns whether the file exists and is not a regular file, so that it is written to instead of replaced.
pub fn is_stream(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|metadata| !metadata.is_file())
}

/// Writes a file whole or not at all. Writes directly to files of other types (a pipe, /dev/stderr).
pub fn write_whole(file: &Path, document: impl Into<Document>) -> Result<()> {
    Prepared::new(file, &document.into())?.put()
}

/// Writes a new file whole; false if the path exists, even as a dangling link.
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

/// A file that is written and has only to be renamed.
pub struct Prepared<'t>(Inner<'t>);

enum Inner<'t> {
    New(New),
    /// A file that is not regular, and the document to write to it.
    Stream(File, PathBuf, &'t Document),
}

/// The new content, in a temporary file beside the final path.
struct New {
    content: NamedTempFile,
    place: PathBuf,
    _hold: Hold,
}

impl<'t> Prepared<'t> {
    /// Writes a document to a temporary file.
    pub fn new(file: &Path, document: &'t Document) -> Result<Self> {
        if is_stream(file) {
            let stream = fs::OpenOptions::new().write(true).open(file);
            let stream = stream.map_err(|error| could_not(file, error))?;
            return Ok(Self(Inner::Stream(stream, file.to_owned(), document)));
        }
        // A link remains: its target is replaced.
        let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
        Ok(Self(Inner::New(New::fill(file, document)?)))
    }

    /// Renames the file to its final path, or writes to the stream.
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
                "cannot write {}: there is no directory {} (create it, or name another file)",
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

/// Returns the directory of a path.
pub fn parent(place: &Path) -> &Path {
    match place.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

fn settle(place: &Path, content: &File) -> Result<()> {
    sync_directory(parent(place), Some(content)).with_context(|| in_place(&place.display()))
}

/// Returns the message for a failure of the last step.
pub fn in_place(place: &dyn Display) -> String {
    format!("{place} was written, but may not be on the disk yet")
}

/// Returns the permissions of the existing file, or the default ones according to the umask.
fn permissions(file: &Path) -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(file).map_or_else(
        |_| fs::Permissions::from_mode(0o666),
        |metadata| metadata.permissions(),
    )
}
