//! Removes temporary files and directories that killed runs have left.
//!
//! Every run locks its temporary files and directories (flock(2)), and a lock ends with its process. If an entry has our prefix, belongs
//! to us and can be locked, no run uses it any more. All checks and removals go through open directories, so no link can redirect them.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{
    AtFlags, CWD, Dir, FileType, FlockOperation, Mode, OFlags, Stat, flock, fstat, openat,
    renameat, statat, unlinkat,
};
use rustix::io::Errno;

/// The prefix of temporary names; six letters and digits follow.
pub const PREFIX: &str = ".confinix-";

/// Entries of a temporary directory: the new content; and, on file systems that can't exchange two names, the old content and its
/// name.
const NEW: &str = "new";
/// See [`NEW`].
pub const OLD: &str = "old";
/// See [`NEW`].
pub const NAME: &str = "name";

/// A limit well above the depth of our directories.
const MAX_DEPTH: usize = 32;

/// Locks a new directory; `None` if another run has removed it in the meantime.
pub fn hold(path: &Path) -> io::Result<Option<OwnedFd>> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let directory = match openat(CWD, path, flags, Mode::empty()) {
        Err(Errno::NOENT) => return Ok(None),
        opened => opened?,
    };
    Ok((lock(&directory)? && is_linked(&directory)?).then_some(directory))
}

/// Locks a new file; false if another run has removed it in the meantime.
pub fn hold_file(file: &File) -> io::Result<bool> {
    Ok(lock(file)? && is_linked(file)?)
}

/// On file systems without such locks nothing is ever removed, so nothing has to be locked.
fn lock(file: impl AsFd) -> io::Result<bool> {
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Err(Errno::WOULDBLOCK) => Ok(false),
        Ok(()) | Err(Errno::BADF | Errno::INVAL | Errno::NOLCK | Errno::NOSYS | Errno::NOTSUP) => {
            Ok(true)
        }
        Err(error) => Err(error.into()),
    }
}

fn is_linked(file: impl AsFd) -> io::Result<bool> {
    Ok(fstat(file)?.st_nlink > 0)
}

/// Removes leftovers in a directory. Ignores what it can't remove, because the caller only wants to write.
pub fn sweep(parent: &Path) {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let Ok(parent) = openat(CWD, parent, flags, Mode::empty()) else {
        return;
    };
    // Anyone who may rename the entries of a directory could give these names to anything.
    if !fstat(&parent).is_ok_and(|stat| is_kept_by_us(&stat)) {
        return;
    }
    let Ok(entries) = Dir::read_from(&parent) else {
        return;
    };
    for entry in entries.flatten() {
        let Ok(name) = entry.file_name().to_str() else {
            continue;
        };
        let is_ours = name.strip_prefix(PREFIX).is_some_and(|rest| {
            rest.len() == 6 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
        if is_ours {
            let _ = remove(&parent, name);
        }
    }
}

fn us() -> u32 {
    rustix::process::geteuid().as_raw()
}

fn is_kept_by_us(parent: &Stat) -> bool {
    let sticky = Mode::from_raw_mode(parent.st_mode).contains(Mode::SVTX);
    let others = Mode::from_raw_mode(parent.st_mode).contains(Mode::WOTH);
    sticky || (parent.st_uid == us() || parent.st_uid == 0) && !others
}

fn remove(parent: &OwnedFd, name: &str) -> io::Result<()> {
    let looked_at = statat(parent, name, AtFlags::SYMLINK_NOFOLLOW)?;
    let kind = FileType::from_raw_mode(looked_at.st_mode);
    let is_directory = kind == FileType::Directory;
    let is_file = kind == FileType::RegularFile && looked_at.st_nlink == 1;
    if looked_at.st_uid != us() || !(is_directory || is_file) {
        return Ok(());
    }
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let left = openat(parent, name, flags, Mode::empty())?;
    flock(&left, FlockOperation::NonBlockingLockExclusive)?;
    let is_same = |stat: &Stat| {
        (stat.st_dev, stat.st_ino, stat.st_uid) == (looked_at.st_dev, looked_at.st_ino, us())
    };
    let still = statat(parent, name, AtFlags::SYMLINK_NOFOLLOW)?;
    if !is_same(&fstat(&left)?) || !is_same(&still) {
        return Ok(());
    }
    if is_file {
        return Ok(unlinkat(parent, name, AtFlags::empty())?);
    }
    let names = names(&left)?;
    if !names
        .iter()
        .all(|name| [NEW, OLD, NAME].contains(&name.as_str()))
    {
        return Ok(());
    }
    if names.iter().any(|name| name == OLD) {
        give_back(parent, &left)?;
    }
    empty(&left, MAX_DEPTH)?;
    Ok(unlinkat(parent, name, AtFlags::REMOVEDIR)?)
}

/// Restores the old content if the run was killed before the new content was in place.
fn give_back(parent: &OwnedFd, left: &OwnedFd) -> io::Result<()> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let mut name = String::new();
    File::from(openat(left, NAME, flags, Mode::empty())?)
        .take(4096)
        .read_to_string(&mut name)?;
    let is_name = !name.is_empty() && !name.contains('/') && name != "." && name != "..";
    match statat(parent, name.as_str(), AtFlags::SYMLINK_NOFOLLOW) {
        Err(Errno::NOENT) if is_name => Ok(renameat(left, OLD, parent, name.as_str())?),
        Ok(_) => Ok(()),
        // Without new content in place, the old content must not be removed.
        Err(error) => Err(error.into()),
    }
}

fn names(directory: &OwnedFd) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in Dir::read_from(directory)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name != "." && name != ".." {
            names.push(name);
        }
    }
    Ok(names)
}

fn empty(directory: &OwnedFd, depth: usize) -> io::Result<()> {
    if depth == 0 {
        return Err(Errno::LOOP.into());
    }
    for name in names(directory)? {
        let stat = statat(directory, name.as_str(), AtFlags::SYMLINK_NOFOLLOW)?;
        if FileType::from_raw_mode(stat.st_mode) == FileType::Directory {
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let below = openat(directory, name.as_str(), flags, Mode::empty())?;
            if fstat(&below)?.st_dev != stat.st_dev {
                return Err(Errno::XDEV.into());
            }
            empty(&below, depth - 1)?;
            unlinkat(directory, name.as_str(), AtFlags::REMOVEDIR)?;
        } else {
            unlinkat(directory, name.as_str(), AtFlags::empty())?;
        }
    }
    Ok(())
}
