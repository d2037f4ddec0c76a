//! The content of directories.

use super::BLOCK;

pub(super) const DIRENT_LEN: usize = 12;

/// `file_type` of a directory entry, and the type bits of a mode.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File = 1,
    Directory = 2,
    /// A character device 0:0, which overlayfs takes for the absence of a file.
    Whiteout = 3,
    Symlink = 7,
}

impl Kind {
    pub(super) fn mode(self) -> u16 {
        match self {
            Self::File => 0o100_000,
            Self::Directory => 0o040_000,
            Self::Whiteout => 0o020_000,
            Self::Symlink => 0o120_000,
        }
    }
}

/// An entry of a directory.
pub(super) struct Entry<'a> {
    pub nid: u64,
    pub kind: Kind,
    pub name: &'a [u8],
}

/// Returns the size in bytes of the data of a directory with these entries, which [`write()`] writes.
pub(in crate::view) fn directory_len<'a>(names: impl IntoIterator<Item = &'a [u8]>) -> usize {
    let (mut whole, mut used) = (0, 0);
    for name in names {
        let len = DIRENT_LEN + name.len();
        if used + len > BLOCK {
            whole += BLOCK;
            used = 0;
        }
        used += len;
    }
    whole + used
}

/// Replaces `data` with the data of a directory with these entries, sorted: in each block a `struct erofs_dirent` per name, then
/// the names. The kernel searches for names in the order of their bytes.
pub(super) fn write(mut entries: &[Entry], data: &mut Vec<u8>) {
    data.clear();
    while !entries.is_empty() {
        let mut used = 0;
        let fits = |entry: &&Entry| {
            used += DIRENT_LEN + entry.name.len();
            used <= BLOCK
        };
        let (block, rest) = entries.split_at(entries.iter().take_while(fits).count());
        data.resize(data.len().next_multiple_of(BLOCK), 0);
        let mut name_at = block.len() * DIRENT_LEN;
        for Entry { nid, kind, name } in block {
            data.extend(nid.to_le_bytes());
            data.extend(u16::try_from(name_at).unwrap_or_default().to_le_bytes());
            data.extend([*kind as u8, 0]);
            name_at += name.len();
        }
        for entry in block {
            data.extend(entry.name);
        }
        entries = rest;
    }
}
