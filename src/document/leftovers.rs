//! What runs that were killed have left where they were writing.
//!
//! Every run locks what it makes on the way (flock(2)), and a lock goes with its process: what has our name, belongs to us and can be
//! locked is nobody's any more. What is looked at is looked at and removed by its open directory, so that no link leads elsewhere.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{
    AtFlags, CWD, Dir, FileType, FlockOperation, Mode, OFlags, Stat, flock, fstat, openat,
    renameat, statat, unlinkat,
};
use rustix::io::Errno;

/// With what the name of all that is made on the way begins; six letters and digits follow.
pub const PREFIX: &str = ".confinix-";

/// What there is in a directory that is made on the way: what is to be put in place; where file systems can't exchange two names, what
/// was there before; and the name that it had.
const NEW: &str = "new";
/// See [`NEW`].
pub const OLD: &str = "old";
/// See [`NEW`].
pub const NAME: &str = "name";

/// As deep as directories of ours are nested, with much to spare.
const MAX_DEPTH: usize = 32;

/// Locks a new directory; `None` where another run has taken it away meanwhile.
pub fn hold(path: &Path) -> io::Result<Option<OwnedFd>> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let directory = match openat(CWD, path, flags, Mode::empty()) {
        Err(Errno::NOENT) => return Ok(None),
        opened => opened?,
    };
    Ok((lock(&directory)? && is_linked(&directory)?).then_some(directory))
}

/// Locks a new file; false where another run has taken it away meanwhile.
pub fn hold_file(file: &File) -> io::Result<bool> {
    Ok(lock(file)? && is_linked(file)?)
}

/// Where a file system knows no such locks, nothing is ever removed, and nothing need be locked.
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

/// Removes what is left in a directory. What can't be removed stays: to write is what was asked for.
pub fn sweep(parent: &Path) {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let Ok(parent) = openat(CWD, parent, flags, Mode::empty()) else {
        return;
    };
    // Who may rename everything in it could have anything called so.
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

/// Puts what was there before back, where the run was killed before there was something else.
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
        // What was there before is not removed where nothing else is there.
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
