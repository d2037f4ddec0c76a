//! Reads regular files with a size limit.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{FileExt, FileTypeExt};
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{FileType, Mode, OFlags, fstat};

use super::limited::why;
use super::{Kind, Unread, limited};

/// A document that is open, but not yet read.
pub struct Document {
    content: Owned,
    size: u64,
}

enum Owned {
    File(File),
    Bytes(Arc<[u8]>),
}

/// The source of a document's content.
#[derive(Clone, Copy)]
pub enum Content<'a> {
    /// An open file.
    File(&'a File),
    /// Bytes in memory.
    Bytes(&'a [u8]),
}

/// The maximum memory reserved for a file before reading it, in bytes.
const AT_ONCE: usize = 16 << 20;

/// Opens the regular file at `path`, following symlinks, without reading it. Does not open files of other types.
pub fn open(path: &Path) -> Result<Document, Unread> {
    open_with(path, OFlags::empty())
}

fn open_with(path: &Path, flags: OFlags) -> Result<Document, Unread> {
    // Opening a device can have side effects, so check the type first. The file may be replaced in between, so check it again.
    let kind = std::fs::metadata(path)?.file_type();
    if !kind.is_file() {
        return Err(Unread::NotRegular(name(kind)));
    }
    let flags = flags | OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = rustix::fs::open(path, flags, Mode::empty()).map_err(io::Error::from)?;
    let stat = fstat(&file).map_err(io::Error::from)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(Unread::NotRegular("was replaced while it was opened"));
    }
    Ok(Document {
        content: Owned::File(file.into()),
        size: u64::try_from(stat.st_size).unwrap_or_default(),
    })
}

fn name(kind: std::fs::FileType) -> &'static str {
    match kind {
        kind if kind.is_dir() => "a directory",
        kind if kind.is_fifo() => "a pipe",
        kind if kind.is_socket() => "a socket",
        _ => "a device",
    }
}

/// Reads the content of the regular file at `path`.
pub fn read(path: &Path, kind: Kind) -> Result<Vec<u8>, Unread> {
    open(path)?.whole(kind)
}

/// Reads the text of the regular file at `path`.
pub fn text(path: &Path, kind: Kind) -> Result<String, Unread> {
    String::from_utf8(read(path, kind)?).map_err(|_| Unread::NotText)
}

impl Document {
    /// Returns a document for bytes in memory.
    pub fn in_memory(bytes: Arc<[u8]>) -> Self {
        Self {
            size: bytes.len() as u64,
            content: Owned::Bytes(bytes),
        }
    }

    /// Opens the regular file at `path`, which must not be a symlink.
    pub fn open_itself(path: &Path) -> Result<Self, Unread> {
        if std::fs::symlink_metadata(path)?.is_symlink() {
            return Err(Unread::NotRegular("a symlink"));
        }
        open_with(path, OFlags::NOFOLLOW)
    }

    /// Returns the size in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Returns the source of the content.
    pub fn content(&self) -> Content<'_> {
        match &self.content {
            Owned::File(file) => Content::File(file),
            Owned::Bytes(bytes) => Content::Bytes(bytes),
        }
    }

    /// Reads at most `most` bytes from the beginning.
    pub fn head(&self, most: usize) -> Result<Vec<u8>, Unread> {
        let file = match self.content() {
            Content::File(file) => file,
            Content::Bytes(bytes) => return Ok(bytes[..bytes.len().min(most)].to_vec()),
        };
        let length = usize::try_from(self.size).map_or(most, |size| size.min(most));
        let mut head = vec![0; length];
        let mut read = 0;
        while read < length {
            match file.read_at(&mut head[read..], read as u64) {
                Ok(0) => break,
                Ok(count) => read += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        head.truncate(read);
        Ok(head)
    }

    /// Reads all of it. Fails if it is larger than this kind of document may be.
    pub fn whole(self, kind: Kind) -> Result<Vec<u8>, Unread> {
        self.check(kind)?;
        match self.content {
            Owned::Bytes(bytes) => Ok(bytes.to_vec()),
            Owned::File(file) => {
                let expected = usize::try_from(self.size).unwrap_or_default();
                let mut bytes = Vec::with_capacity(expected.min(AT_ONCE));
                limited(file, kind).read_to_end(&mut bytes).map_err(why)?;
                Ok(bytes)
            }
        }
    }

    /// Returns a reader for all of it, which fails if the file grows beyond the limit of its kind.
    pub fn stream(self, kind: Kind) -> Result<Box<dyn Read + Send>, Unread> {
        self.check(kind)?;
        Ok(match self.content {
            Owned::Bytes(bytes) => Box::new(io::Cursor::new(bytes)),
            Owned::File(file) => Box::new(limited(file, kind)),
        })
    }

    fn check(&self, kind: Kind) -> Result<(), Unread> {
        if self.size > kind.limit() {
            return Err(Unread::TooLarge {
                size: Some(self.size),
                kind,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use anyhow::{Result, ensure};

    use super::*;

    #[test]
    fn what_is_no_regular_file_is_not_opened() -> Result<()> {
        let scratch = tempfile::tempdir()?;
        let at = |name: &str| scratch.path().join(name);
        rustix::fs::mknodat(
            rustix::fs::CWD,
            at("fifo"),
            FileType::Fifo,
            Mode::from_raw_mode(0o600),
            0,
        )?;
        let _socket = UnixListener::bind(at("socket"))?;
        std::fs::create_dir(at("directory"))?;
        symlink("fifo", at("link"))?;
        symlink("/dev/zero", at("device"))?;
        for name in ["fifo", "socket", "directory", "link", "device"] {
            ensure!(
                matches!(open(&at(name)), Err(Unread::NotRegular(_))),
                "{name} was opened"
            );
        }
        symlink("nowhere", at("dangling"))?;
        ensure!(open(&at("dangling")).is_err_and(|error| error.is_absent()));
        std::fs::write(at("file"), "text")?;
        symlink("file", at("to-file"))?;
        assert_eq!(text(&at("to-file"), Kind::Policy)?, "text");
        ensure!(Document::open_itself(&at("to-file")).is_err());
        Ok(())
    }

    #[test]
    fn the_size_is_looked_at_first() -> Result<()> {
        let scratch = tempfile::tempdir()?;
        let path = scratch.path().join("large");
        File::create(&path)?.set_len(10 << 30)?;
        let error =
            read(&path, Kind::Policy).map_or_else(|error| error.to_string(), |_| String::new());
        assert_eq!(
            error,
            "its size is 10.0 GiB; the limit for a policy is 4.0 MiB: check that it is the right file"
        );
        assert_eq!(open(&path)?.head(10)?, [0; 10]);
        Ok(())
    }

    #[test]
    fn what_has_no_size_is_read_up_to_the_limit() -> Result<()> {
        let mut bytes = Vec::new();
        let error = limited(io::repeat(b' '), Kind::Policy).read_to_end(&mut bytes);
        let error = error.map_or_else(|error| error.to_string(), |_| String::new());
        assert!(
            error.starts_with("it is larger than 4.0 MiB; the limit for a policy is"),
            "{error}"
        );
        let text = vec![b' '; 4 << 20];
        let mut bytes = Vec::new();
        limited(&text[..], Kind::Policy).read_to_end(&mut bytes)?;
        assert_eq!(bytes.len(), text.len());
        Ok(())
    }
}
