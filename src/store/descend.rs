//! Walks through everything below a directory.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::fs::{Mode, OFlags, RawDir, RawDirEntry, openat};

/// The size of the buffer for entries, in bytes.
const BUFFER: usize = 1 << 14;

/// How a directory is opened. A symlink is not.
pub const DIRECTORY: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// Visits everything below an open directory of this machine, in no order. `visit` gets the directory of an entry, the entry, and what
/// precedes its name in a path (`bin/`, empty at the top). It returns the path of a directory that is to be visited too.
pub fn descend(
    top: BorrowedFd,
    mut visit: impl FnMut(BorrowedFd, &RawDirEntry, &str) -> io::Result<Option<String>>,
) -> io::Result<()> {
    // `std::fs::read_dir` asks the kernel for more, and resolves the path of `top` for each.
    let mut buffer = [MaybeUninit::uninit(); BUFFER];
    let mut todo = vec![(Vec::new(), String::new())];
    while let Some((above, prefix)) = todo.pop() {
        let opened = match above.as_slice() {
            [] => None,
            path => Some(openat(top, path, DIRECTORY, Mode::empty())?),
        };
        let directory = opened.as_ref().map_or(top, AsFd::as_fd);
        let mut entries = RawDir::new(directory, &mut buffer);
        while let Some(entry) = entries.next() {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if matches!(name, b"." | b"..") {
                continue;
            }
            if let Some(path) = visit(directory, &entry, &prefix)? {
                let slash: &[u8] = if above.is_empty() { b"" } else { b"/" };
                todo.push(([&above, slash, name].concat(), format!("{path}/")));
            }
        }
    }
    Ok(())
}
