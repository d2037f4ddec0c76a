//! Inodes with their extended attributes.

use super::directory::{Kind, directory_len};
use super::{CHUNK_FORMAT, TIME};
use crate::store::Entry;

const INODE_LEN: usize = 64;
/// `EROFS_XATTR_INDEX_TRUSTED`: represents the prefix `trusted.`
const TRUSTED: u8 = 4;
/// `EROFS_NULL_ADDR`: a chunk without data.
const HOLE: [u8; 4] = [0xFF; 4];

/// `i_format`: marks an inode as extended, and specifies the location of its data.
#[derive(Clone, Copy)]
pub(super) enum Layout {
    /// In separate blocks.
    Plain = 1,
    /// After the inode, within one block.
    Inline = 1 | 2 << 1,
    /// In chunks, which are listed after the inode.
    Chunks = 1 | 4 << 1,
}

pub(super) struct Inode {
    layout: Layout,
    mode: u16,
    pub(super) size: u64,
    pub(super) links: u32,
    /// `i_u`: the first block of the data, or the format of the chunks.
    pub(super) place: u32,
    attributes: Vec<u8>,
    attribute_slots: u16,
    /// The data after the inode and its attributes.
    pub(super) tail: Vec<u8>,
}

impl Inode {
    fn new(kind: Kind, permissions: u16, layout: Layout, attributes: &[(&str, &str)]) -> Self {
        let attributes = attribute_body(attributes);
        Self {
            layout,
            mode: kind.mode() | permissions,
            size: 0,
            links: 1,
            place: 0,
            attribute_slots: attribute_slots(&attributes),
            attributes,
            tail: Vec::new(),
        }
    }

    pub(super) fn directory(layout: Layout, attributes: &[(&str, &str)]) -> Self {
        let mut inode = Self::new(Kind::Directory, 0o555, layout, attributes);
        inode.links = 2;
        inode
    }

    /// Returns the inode of an entry; `None` if its type is unknown.
    pub(super) fn of(entry: &Entry, redirect: &str) -> Option<(Kind, Self)> {
        Some(match entry {
            Entry::Directory => {
                let mut inode = Self::directory(Layout::Inline, &[("overlay.redirect", redirect)]);
                inode.tail = vec![0; directory_len(&[".", ".."])];
                (Kind::Directory, inode)
            }
            Entry::File { size, executable } => {
                let permissions = if *executable { 0o555 } else { 0o444 };
                let attributes = [("overlay.metacopy", ""), ("overlay.redirect", redirect)];
                let mut inode = Self::new(Kind::File, permissions, Layout::Chunks, &attributes);
                inode.size = *size;
                inode.place = CHUNK_FORMAT;
                inode.tail = HOLE.to_vec();
                (Kind::File, inode)
            }
            Entry::Symlink(target) => {
                let mut inode = Self::new(Kind::Symlink, 0o777, Layout::Inline, &[]);
                inode.tail = target.as_bytes().to_vec();
                (Kind::Symlink, inode)
            }
            Entry::Missing | Entry::Other => return None,
        })
    }

    pub(super) fn len(&self) -> usize {
        INODE_LEN + self.attributes.len() + self.tail.len()
    }

    /// Returns `struct erofs_inode_extended`, the attributes and the tail.
    pub(super) fn bytes(&self, number: u32) -> Vec<u8> {
        let size = match self.layout {
            Layout::Inline => self.tail.len() as u64,
            Layout::Plain | Layout::Chunks => self.size,
        };
        let mut bytes = Vec::with_capacity(self.len());
        bytes.extend((self.layout as u16).to_le_bytes());
        bytes.extend(self.attribute_slots.to_le_bytes());
        bytes.extend(self.mode.to_le_bytes());
        bytes.extend([0; 2]);
        bytes.extend(size.to_le_bytes());
        bytes.extend(self.place.to_le_bytes());
        bytes.extend(number.to_le_bytes());
        // Owner and group: root.
        bytes.extend([0; 8]);
        bytes.extend(TIME.to_le_bytes());
        bytes.extend([0; 4]);
        bytes.extend(self.links.to_le_bytes());
        bytes.extend([0; 16]);
        bytes.extend(&self.attributes);
        bytes.extend(&self.tail);
        bytes
    }
}

/// Returns `struct erofs_xattr_ibody_header` and the attributes of one inode, all with the prefix `trusted.`.
fn attribute_body(attributes: &[(&str, &str)]) -> Vec<u8> {
    if attributes.is_empty() {
        return Vec::new();
    }
    let mut body = vec![0; 12];
    for (name, value) in attributes {
        // The names are ours and the values are store names: both are far below the limits of 255 and 65,535 bytes.
        body.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
        body.push(TRUSTED);
        body.extend(u16::try_from(value.len()).unwrap_or(u16::MAX).to_le_bytes());
        body.extend(name.as_bytes());
        body.extend(value.as_bytes());
        body.resize(body.len().next_multiple_of(4), 0);
    }
    body
}

/// `i_xattr_icount`: the size of the attributes in units of 4 bytes, the header counted as one.
fn attribute_slots(body: &[u8]) -> u16 {
    match body.len() {
        0 => 0,
        len => u16::try_from((len - 12) / 4 + 1).unwrap_or(u16::MAX),
    }
}
