//! Inodes with their extended attributes.

use super::directory::Kind;
use super::{BLOCK, CHUNK_FORMAT, TIME};

const COMPACT_LEN: usize = 32;
const EXTENDED_LEN: usize = 64;
/// `struct erofs_xattr_ibody_header`, which the numbers of shared attributes follow.
const ATTRIBUTES_LEN: usize = 12;
/// `EROFS_NULL_ADDR`: a chunk without data.
const HOLE: [u8; 4] = [0xFF; 4];

/// `i_format`: where an inode's data is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// In separate blocks.
    Plain = 0,
    /// After the inode, within one block.
    Inline = 2 << 1,
    /// In chunks, which are listed after the inode.
    Chunks = 4 << 1,
}

/// An inode, with its data if that follows it.
pub(super) struct Inode {
    pub(super) layout: Layout,
    mode: u16,
    size: u64,
    pub(super) links: u32,
    /// `i_u`: the first block of the data, or the format of the chunks.
    pub(super) place: u32,
    /// The numbers of its shared attributes.
    pub(super) attributes: Vec<u32>,
    /// The data after the inode and its attributes.
    pub(super) tail: Vec<u8>,
}

impl Inode {
    fn new(kind: Kind, permissions: u16, layout: Layout) -> Self {
        Self {
            layout,
            mode: kind.mode() | permissions,
            size: 0,
            links: 1,
            place: 0,
            attributes: Vec::new(),
            tail: Vec::new(),
        }
    }

    /// Returns a directory with data of this size, which is filled in later.
    pub(super) fn directory(size: usize) -> Self {
        // With its attributes, a directory of this size fits in a block.
        let is_inline = size <= BLOCK - EXTENDED_LEN - ATTRIBUTES_LEN - 8;
        let layout = if is_inline {
            Layout::Inline
        } else {
            Layout::Plain
        };
        let mut inode = Self::new(Kind::Directory, 0o555, layout);
        inode.size = size as u64;
        if is_inline {
            inode.tail = vec![0; size];
        }
        inode
    }

    /// Returns a file whose data is elsewhere.
    pub(super) fn file(size: u64, executable: bool) -> Self {
        let permissions = if executable { 0o555 } else { 0o444 };
        let mut inode = Self::new(Kind::File, permissions, Layout::Chunks);
        inode.size = size;
        inode.place = CHUNK_FORMAT;
        inode.tail = HOLE.to_vec();
        inode
    }

    /// Returns a symlink.
    pub(super) fn symlink(target: &str) -> Self {
        let mut inode = Self::new(Kind::Symlink, 0o777, Layout::Inline);
        inode.tail = target.as_bytes().to_vec();
        inode.size = inode.tail.len() as u64;
        inode
    }

    /// Whether it needs the larger of the two forms. The number of links to a directory is known only when it is filled: the
    /// smaller form has room for that of any directory in one block.
    fn is_extended(&self) -> bool {
        self.size > u64::from(u32::MAX)
            || self.mode & 0o170_000 == Kind::Directory.mode() && self.layout == Layout::Plain
    }

    /// Returns its length without its data.
    fn head(&self) -> usize {
        let attributes = match self.attributes.len() {
            0 => 0,
            count => ATTRIBUTES_LEN + 4 * count,
        };
        let inode = if self.is_extended() {
            EXTENDED_LEN
        } else {
            COMPACT_LEN
        };
        inode + attributes
    }

    pub(super) fn len(&self) -> usize {
        self.head() + self.tail.len()
    }

    /// Returns `struct erofs_inode_compact` or `struct erofs_inode_extended`, the attributes and the tail.
    pub(super) fn bytes(&self, number: u32) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.len());
        let is_extended = self.is_extended();
        bytes.extend((self.layout as u16 | u16::from(is_extended)).to_le_bytes());
        // `i_xattr_icount`: the size of the attributes in units of 4 bytes, the header counted as one.
        let slots = match self.attributes.len() {
            0 => 0,
            count => u16::try_from(count + 1).unwrap_or(u16::MAX),
        };
        bytes.extend(slots.to_le_bytes());
        bytes.extend(self.mode.to_le_bytes());
        if is_extended {
            bytes.extend([0; 2]);
            bytes.extend(self.size.to_le_bytes());
        } else {
            bytes.extend(u16::try_from(self.links).unwrap_or(u16::MAX).to_le_bytes());
            bytes.extend(u32::try_from(self.size).unwrap_or(u32::MAX).to_le_bytes());
            bytes.extend([0; 4]);
        }
        bytes.extend(self.place.to_le_bytes());
        bytes.extend(number.to_le_bytes());
        // Owner and group: root. The smaller form has the time of the superblock.
        if is_extended {
            bytes.extend([0; 8]);
            bytes.extend(TIME.to_le_bytes());
            bytes.extend([0; 4]);
            bytes.extend(self.links.to_le_bytes());
            bytes.extend([0; 16]);
        } else {
            bytes.extend([0; 8]);
        }
        if !self.attributes.is_empty() {
            bytes.extend([0; 4]);
            bytes.push(u8::try_from(self.attributes.len()).unwrap_or(u8::MAX));
            bytes.extend([0; 7]);
            for attribute in &self.attributes {
                bytes.extend(attribute.to_le_bytes());
            }
        }
        bytes.extend(&self.tail);
        bytes
    }
}
