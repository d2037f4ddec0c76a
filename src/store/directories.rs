//! The directories in a store path.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::fs::{AtFlags, FileType, Stat, fstatfs, statat};
use serde::{Deserialize, Serialize};

use super::descend::descend;

/// Whether a directory has no directories, where links to them are counted: it has those from its parent and from itself.
pub(super) fn is_leaf(stat: &Stat) -> bool {
    stat.st_nlink == 2
}

/// Whether the file system of a file counts the links to directories, one for each directory below. Others have 1 or anything else.
pub(super) fn counts_links(file: impl AsFd) -> bool {
    // `EXT4_SUPER_MAGIC`, `XFS_SUPER_MAGIC`, `TMPFS_MAGIC`
    fstatfs(file).is_ok_and(|stat| matches!(stat.f_type, 0xEF53 | 0x5846_5342 | 0x0102_1994))
}

/// The directories below a directory, as relative paths: every one, sorted, parents before their children. In a path, a byte that
/// is not part of a UTF-8 character, and `%`, are written as `%XX`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Directories(Vec<String>);

impl Directories {
    /// Lists the directories below an open directory of this machine. Symlinks are not followed. With `counts_links`, directories
    /// without any of their own are told by their links ([`counts_links`]), and are not opened.
    pub fn below(top: BorrowedFd, counts_links: bool) -> io::Result<Self> {
        let mut found = Vec::new();
        descend(top, |directory, entry, prefix| {
            let name = entry.file_name();
            let stat = || statat(directory, name, AtFlags::SYMLINK_NOFOLLOW);
            let is_directory = match entry.file_type() {
                FileType::Unknown => FileType::from_raw_mode(stat()?.st_mode).is_dir(),
                other => other.is_dir(),
            };
            if !is_directory {
                return Ok(None);
            }
            let path = format!("{prefix}{}", Self::name(name.to_bytes()));
            let is_last = counts_links && is_leaf(&stat()?);
            found.push(path.clone());
            Ok((!is_last).then_some(path))
        })?;
        Ok(Self::from_iter(found))
    }

    /// A file name, as it is written in a path.
    pub fn name(name: &[u8]) -> String {
        let mut text = String::new();
        for chunk in name.utf8_chunks() {
            text.push_str(&chunk.valid().replace('%', "%25"));
            text.extend(chunk.invalid().iter().map(|byte| format!("%{byte:02X}")));
        }
        text
    }

    /// The file name that a text stands for, as [`Self::name`] writes it.
    pub fn raw_name(text: &str) -> Vec<u8> {
        raw(text)
    }

    /// Each directory: its parent's path, empty for the top, its own path, and its name as Linux has it.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, Vec<u8>)> {
        self.0.iter().map(|path| {
            let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
            (parent, path.as_str(), raw(name))
        })
    }
}

impl FromIterator<String> for Directories {
    fn from_iter<T: IntoIterator<Item = String>>(paths: T) -> Self {
        let mut paths = Vec::from_iter(paths);
        paths.sort_unstable();
        Self(paths)
    }
}

/// The file name that a text stands for.
fn raw(text: &str) -> Vec<u8> {
    let mut name = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        name.extend(before.as_bytes());
        let byte = after
            .get(..2)
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let Some(byte) = byte {
            name.push(byte);
            rest = &after[2..];
        } else {
            name.push(b'%');
            rest = after;
        }
    }
    name.extend(rest.as_bytes());
    name
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::fs;
    use std::os::unix::ffi::OsStrExt;

    use anyhow::Result;

    use super::*;

    #[test]
    fn every_directory_is_listed_under_any_name() -> Result<()> {
        let top = tempfile::tempdir()?;
        let names: [&[u8]; 5] = [b"a/b", b"a-b", b"100%/\xff\xfe", b"new\nline", b"%41"];
        for name in names {
            fs::create_dir_all(top.path().join(OsStr::from_bytes(name)))?;
        }
        fs::write(top.path().join("a/file"), "")?;
        std::os::unix::fs::symlink("a", top.path().join("link"))?;
        let open = || fs::File::open(top.path());
        let found = Directories::below(open()?.as_fd(), false)?;
        let counted = Directories::below(open()?.as_fd(), counts_links(open()?))?;
        assert_eq!(found, counted);
        assert_eq!(
            found.0,
            [
                "%2541",
                "100%25",
                "100%25/%FF%FE",
                "a",
                "a-b",
                "a/b",
                "new\nline"
            ]
        );
        let names: Vec<_> = found
            .iter()
            .map(|(parent, _, name)| (parent, name))
            .collect();
        assert_eq!(names[0], ("", b"%41".to_vec()));
        assert_eq!(names[2], ("100%25", b"\xff\xfe".to_vec()));
        assert_eq!(names[5], ("a", b"b".to_vec()));
        Ok(())
    }
}
