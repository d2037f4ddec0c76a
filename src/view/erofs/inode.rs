//! Inodes with their extended attributes.

use super::directory::Kind;
use super::{BLOCK, CHUNK_FORMAT, TIME};

const COMPACT_LEN: usize = 32;
const EXTENDED_LEN: usize = 64;
/// `struct erofs_xattr_ibody_header`, which the numbers of shared attributes follow.
const ATTRIBUTES_LEN: usize = 12;
/// The offset of `i_u` in both forms.
pub(super) const PLACE_AT: usize = 16;
/// The bits of a mode that are the type (`S_IFMT`).
const TYPE: u16 = 0o170_000;
/// `EROFS_NULL_ADDR`: a chunk without data.
pub(super) const HOLE: [u8; 4] = [0xFF; 4];

/// `i_format`: where an inode's data is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// In separate blocks.
    Plain = 0,
    /// After the inode, within one block; whole blocks before that are separate.
    Inline = 2 << 1,
    /// In chunks, which are listed after the inode.
    Chunks = 4 << 1,
}

/// An inode, without its data.
pub(super) struct Inode<'a> {
    layout: Layout,
    mode: u16,
    size: u64,
    links: u32,
    /// `i_u`: the first of the separate blocks, or the format of the chunks.
    place: u32,
    /// The numbers of its shared attributes.
    attributes: &'a [u32],
}

impl<'a> Inode<'a> {
    fn new(kind: Kind, permissions: u16, layout: Layout) -> Self {
        Self {
            layout,
            mode: kind.mode() | permissions,
            size: 0,
            links: 1,
            place: 0,
            attributes: &[],
        }
    }

    /// Returns a directory with data of this size and this number of subdirectories.
    pub(super) fn directory(size: usize, subdirectories: usize, attributes: &'a [u32]) -> Self {
        let mut inode = Self::new(Kind::Directory, 0o555, Layout::Inline);
        inode.size = size as u64;
        // From its parent, from itself and from its subdirectories.
        inode.links = u32::try_from(subdirectories + 2).unwrap_or(u32::MAX);
        inode.attributes = attributes;
        if size > 0 && (size.is_multiple_of(BLOCK) || inode.head() + size % BLOCK > BLOCK) {
            inode.layout = Layout::Plain;
        }
        inode
    }

    /// Returns a file whose data is elsewhere. [`HOLE`] follows it.
    pub(super) fn file(size: u64, executable: bool, attributes: &'a [u32]) -> Self {
        let permissions = if executable { 0o555 } else { 0o444 };
        let mut inode = Self::new(Kind::File, permissions, Layout::Chunks);
        inode.size = size;
        inode.place = CHUNK_FORMAT;
        inode.attributes = attributes;
        inode
    }

    /// Returns a symlink. Its target follows it.
    pub(super) fn symlink(target: &str) -> Self {
        let mut inode = Self::new(Kind::Symlink, 0o777, Layout::Inline);
        inode.size = target.len() as u64;
        inode
    }

    /// Returns a whiteout: the device 0:0, without data.
    pub(super) fn whiteout() -> Self {
        Self::new(Kind::Whiteout, 0, Layout::Plain)
    }

    /// Whether it needs the larger of the two forms.
    fn is_extended(&self) -> bool {
        self.size > u64::from(u32::MAX) || self.links > u16::MAX.into()
    }

    /// Returns its length without its data.
    pub(super) fn head(&self) -> usize {
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

    /// Returns how many of so many bytes of data are in separate blocks. The others follow the inode.
    pub(super) fn separate(&self, data: usize) -> usize {
        match self.layout {
            Layout::Plain => data,
            Layout::Inline if self.mode & TYPE == Kind::Directory.mode() => data - data % BLOCK,
            Layout::Inline | Layout::Chunks => 0,
        }
    }

    /// Sets the first of the separate blocks.
    pub(super) fn begin_at(&mut self, block: u32) {
        self.place = block;
    }

    /// Writes `struct erofs_inode_compact` or `struct erofs_inode_extended`, and the attributes, over zeros. The owner and the group
    /// are root; the smaller form has the time of the superblock.
    pub(super) fn write(&self, number: u32, bytes: &mut [u8]) {
        let is_extended = self.is_extended();
        let format = self.layout as u16 | u16::from(is_extended);
        // `i_xattr_icount`: the size of the attributes in units of 4 bytes, the header counted as one.
        let slots = match self.attributes.len() {
            0 => 0,
            count => u16::try_from(count + 1).unwrap_or(u16::MAX),
        };
        put(bytes, 0, format.to_le_bytes());
        put(bytes, 2, slots.to_le_bytes());
        put(bytes, 4, self.mode.to_le_bytes());
        let attributes_at = if is_extended {
            put(bytes, 8, self.size.to_le_bytes());
            put(bytes, 32, TIME.to_le_bytes());
            put(bytes, 44, self.links.to_le_bytes());
            EXTENDED_LEN
        } else {
            let links = u16::try_from(self.links).unwrap_or(u16::MAX);
            let size = u32::try_from(self.size).unwrap_or(u32::MAX);
            put(bytes, 6, links.to_le_bytes());
            put(bytes, 8, size.to_le_bytes());
            COMPACT_LEN
        };
        put(bytes, PLACE_AT, self.place.to_le_bytes());
        put(bytes, 20, number.to_le_bytes());
        if !self.attributes.is_empty() {
            let count = u8::try_from(self.attributes.len()).unwrap_or(u8::MAX);
            put(bytes, attributes_at + 4, [count]);
        }
        for (at, attribute) in self.attributes.iter().enumerate() {
            let at = attributes_at + ATTRIBUTES_LEN + 4 * at;
            put(bytes, at, attribute.to_le_bytes());
        }
    }
}

fn put<const N: usize>(bytes: &mut [u8], at: usize, value: [u8; N]) {
    bytes[at..at + N].copy_from_slice(&value);
}
