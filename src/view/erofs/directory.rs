//! The content of directories.

use super::BLOCK;

const DIRENT_LEN: usize = 12;

/// `file_type` of a directory entry, and the type bits of a mode.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File = 1,
    Directory = 2,
    Symlink = 7,
}

impl Kind {
    pub(super) fn mode(self) -> u16 {
        match self {
            Self::File => 0o100_000,
            Self::Directory => 0o040_000,
            Self::Symlink => 0o120_000,
        }
    }
}

/// Returns the size of a small directory's data, in bytes.
pub(super) fn directory_len(names: &[&str]) -> usize {
    names.iter().map(|name| DIRENT_LEN + name.len()).sum()
}

/// Returns the data of a directory: in each block a `struct erofs_dirent` per name, then the names.
pub(super) fn directory(mut entries: &[(u64, Kind, &str)]) -> Vec<u8> {
    let mut data = Vec::new();
    while !entries.is_empty() {
        let mut used = 0;
        let count = entries
            .iter()
            .take_while(|(_, _, name)| {
                used += DIRENT_LEN + name.len();
                used <= BLOCK
            })
            .count();
        let (block, rest) = entries.split_at(count);
        data.resize(data.len().next_multiple_of(BLOCK), 0);
        let mut name_at = block.len() * DIRENT_LEN;
        for (nid, kind, name) in block {
            data.extend(nid.to_le_bytes());
            data.extend(u16::try_from(name_at).unwrap_or_default().to_le_bytes());
            data.extend([*kind as u8, 0]);
            name_at += name.len();
        }
        for (_, _, name) in block {
            data.extend(name.as_bytes());
        }
        entries = rest;
    }
    data
}
