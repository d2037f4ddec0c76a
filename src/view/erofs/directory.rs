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

/// Returns the size in bytes of the data of a directory with entries of these names.
pub(super) fn directory_len<'a>(names: impl IntoIterator<Item = &'a [u8]>) -> usize {
    let mut names = Vec::from_iter(names);
    names.extend([b".".as_slice(), b".."]);
    names.sort_unstable();
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

/// The content of a directory.
pub(super) struct Content {
    pub data: Vec<u8>,
    /// The number of links to it: from its parent, from itself and from its subdirectories.
    pub links: usize,
}

/// Returns the content of a directory, given its number and its parent's: in each block a `struct erofs_dirent` per name, then the
/// names. The kernel searches for names in the order of their bytes.
pub(super) fn directory(own: u64, parent: u64, mut listing: Vec<(u64, Kind, &[u8])>) -> Content {
    listing.push((own, Kind::Directory, b"."));
    listing.push((parent, Kind::Directory, b".."));
    listing.sort_unstable_by_key(|(_, _, name)| *name);
    let is_directory = |entry: &&(u64, Kind, &[u8])| entry.1 == Kind::Directory;
    let links = listing.iter().filter(is_directory).count();
    let mut entries = listing.as_slice();
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
            data.extend(*name);
        }
        entries = rest;
    }
    Content { data, links }
}
