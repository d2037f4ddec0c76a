//! Everything in a store path: directories, files and symlinks.

use std::io;
use std::os::fd::BorrowedFd;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, openat, readlinkat, statat};

use super::Directories;
use super::descend::descend;

/// One thing in a store path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Item {
    /// Its path below the store path, written as in [`Directories`]; empty for a store path that is a file or a symlink.
    pub path: String,
    /// What it is.
    pub kind: ItemKind,
}

/// What an [`Item`] is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ItemKind {
    /// A directory.
    Directory,
    /// A file. What is inside is known only if it was looked at.
    File(Option<Inside>),
    /// A symlink with this target, in which bytes that are not UTF-8 are replaced.
    Symlink(String),
    /// Something else.
    Other,
}

/// What a look into a file shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Inside {
    /// The permissions, with the set-user-ID and set-group-ID bits.
    pub permissions: u32,
    /// How it begins.
    pub beginning: Beginning,
}

/// How a file begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Beginning {
    /// As an ELF file.
    Elf,
    /// With `#!`.
    Script,
    /// In another way.
    Other,
}

/// How closely to look at the items of a store path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closely {
    /// At names and types.
    Names,
    /// At permissions and the first bytes of files as well.
    Inside,
}

/// Lists everything below an open directory of this machine, sorted by path. Symlinks are not followed.
pub(super) fn below(top: BorrowedFd, closely: Closely) -> io::Result<Vec<Item>> {
    let mut found = Vec::new();
    descend(top, |directory, entry, prefix| {
        let name = entry.file_name().to_bytes();
        let path = format!("{prefix}{}", Directories::name(name));
        let item = item(directory, name, path, closely)?;
        let inner = (item.kind == ItemKind::Directory).then(|| item.path.clone());
        found.push(item);
        Ok(inner)
    })?;
    found.sort_unstable();
    Ok(found)
}

/// Looks at one name in an open directory.
pub(super) fn item(
    directory: BorrowedFd,
    name: &[u8],
    path: String,
    closely: Closely,
) -> io::Result<Item> {
    let stat = statat(directory, name, AtFlags::SYMLINK_NOFOLLOW)?;
    let kind = match FileType::from_raw_mode(stat.st_mode) {
        FileType::Directory => ItemKind::Directory,
        FileType::Symlink => {
            let target = readlinkat(directory, name, Vec::new())?;
            ItemKind::Symlink(String::from_utf8_lossy(target.to_bytes()).into_owned())
        }
        FileType::RegularFile if closely == Closely::Names => ItemKind::File(None),
        FileType::RegularFile => ItemKind::File(Some(Inside {
            permissions: stat.st_mode & 0o7777,
            beginning: beginning(directory, name)?,
        })),
        _ => ItemKind::Other,
    };
    Ok(Item { path, kind })
}

fn beginning(directory: BorrowedFd, name: &[u8]) -> io::Result<Beginning> {
    let flags =
        OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = openat(directory, name, flags, Mode::empty())?;
    let mut first = [0; 4];
    let read = rustix::io::pread(&file, &mut first, 0)?;
    Ok(match &first[..read] {
        b"\x7fELF" => Beginning::Elf,
        [b'#', b'!', ..] => Beginning::Script,
        _ => Beginning::Other,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::fd::AsFd;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use anyhow::Result;

    use super::*;

    #[test]
    fn everything_is_listed_and_looked_at() -> Result<()> {
        let top = tempfile::tempdir()?;
        fs::create_dir_all(top.path().join("bin/inner"))?;
        fs::write(top.path().join("bin/run"), "#!/bin/sh\n")?;
        fs::set_permissions(
            top.path().join("bin/run"),
            fs::Permissions::from_mode(0o4555),
        )?;
        fs::write(top.path().join("bin/program"), "\x7fELF and more")?;
        fs::write(top.path().join("short"), "#")?;
        symlink("run", top.path().join("bin/link"))?;
        let listed = |closely| -> Result<Vec<Item>> {
            Ok(below(fs::File::open(top.path())?.as_fd(), closely)?)
        };
        let items = listed(Closely::Inside)?;
        let paths: Vec<_> = items.iter().map(|item| item.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "bin",
                "bin/inner",
                "bin/link",
                "bin/program",
                "bin/run",
                "short"
            ]
        );
        assert_eq!(items[2].kind, ItemKind::Symlink("run".to_owned()));
        let inside = |index: usize| match items[index].kind {
            ItemKind::File(inside) => inside,
            _ => None,
        };
        assert_eq!(inside(3).map(|is| is.beginning), Some(Beginning::Elf));
        assert_eq!(
            inside(4),
            Some(Inside {
                permissions: 0o4555,
                beginning: Beginning::Script
            })
        );
        assert_eq!(inside(5).map(|is| is.beginning), Some(Beginning::Other));
        let names = listed(Closely::Names)?;
        assert_eq!(names[3].kind, ItemKind::File(None));
        Ok(())
    }
}
