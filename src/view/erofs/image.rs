//! Builds an image: blocks and inodes, and finally the superblock.

use anyhow::{Context, Result};

use super::directory::Content;
use super::inode::{Inode, Layout};
use super::{BLOCK, BLOCK_BITS, TIME};

const SUPERBLOCK_AT: usize = 1024;
const SUPERBLOCK_LEN: usize = 128;
const MAGIC: u32 = 0xE0F5_E1E2;
/// `EROFS_FEATURE_INCOMPAT_CHUNKED_FILE`
const CHUNKED_FILE: u32 = 0x4;
/// The unit of inode numbers in bytes: an inode's number is its offset in the image.
const SLOT: usize = 32;

/// The offset of `i_ino` in both forms of an inode.
const NUMBER_AT: usize = 20;

/// An image under construction.
pub(super) struct Image {
    bytes: Vec<u8>,
    inodes: u32,
    /// The first block of the shared attributes.
    shared: u32,
}

impl Image {
    /// Returns an image with space for the superblock.
    pub(super) fn new() -> Self {
        Self {
            bytes: vec![0; SUPERBLOCK_AT + SUPERBLOCK_LEN],
            inodes: 0,
            shared: 0,
        }
    }

    /// Returns the offset of the next inode. The data after an inode must not cross the border of a block.
    fn next_at(&self, inode: &Inode) -> usize {
        let at = self.bytes.len().next_multiple_of(SLOT);
        if at % BLOCK + inode.len() <= BLOCK {
            return at;
        }
        let border = at.next_multiple_of(BLOCK);
        if inode.len() <= BLOCK {
            return border;
        }
        // Only for a long symlink: the inode ends at the end of its block.
        let head = inode.len() - inode.tail.len();
        if at + head <= border {
            border - head
        } else {
            border + BLOCK - head
        }
    }

    /// Appends an inode and returns its number.
    pub(super) fn place(&mut self, inode: &Inode) -> Result<u64> {
        let at = self.next_at(inode);
        self.inodes += 1;
        self.bytes.resize(at, 0);
        self.bytes.extend(inode.bytes(self.inodes));
        Ok(u64::try_from(at / SLOT)?)
    }

    /// Fills in the data of a directory that has been placed.
    pub(super) fn fill(&mut self, nid: u64, mut inode: Inode, content: Content) -> Result<()> {
        inode.links = u32::try_from(content.links)?;
        if inode.layout == Layout::Plain {
            inode.place = self.append_blocks(&content.data)?;
        } else {
            inode.tail = content.data;
        }
        let at = usize::try_from(nid).unwrap_or_default() * SLOT;
        let number_at = at + NUMBER_AT;
        let mut number = [0; 4];
        number.copy_from_slice(&self.bytes[number_at..number_at + 4]);
        let bytes = inode.bytes(u32::from_le_bytes(number));
        self.bytes[at..at + bytes.len()].copy_from_slice(&bytes);
        Ok(())
    }

    /// Appends the shared attributes.
    pub(super) fn append_shared(&mut self, bytes: &[u8]) -> Result<()> {
        self.shared = self.append_blocks(bytes)?;
        Ok(())
    }

    /// Appends data in separate blocks and returns the number of the first.
    fn append_blocks(&mut self, data: &[u8]) -> Result<u32> {
        let at = self.bytes.len().next_multiple_of(BLOCK);
        self.bytes.resize(at, 0);
        self.bytes.extend(data);
        u32::try_from(at / BLOCK).context("the view is too large for one image")
    }

    /// Pads the image and writes `struct erofs_super_block`.
    pub(super) fn finish(mut self, root: u64, uuid: [u8; 16]) -> Result<Vec<u8>> {
        self.bytes
            .resize(self.bytes.len().next_multiple_of(BLOCK), 0);
        let blocks = u32::try_from(self.bytes.len() / BLOCK)
            .context("the view is too large for one image")?;
        let mut superblock = Vec::with_capacity(SUPERBLOCK_LEN);
        superblock.extend(MAGIC.to_le_bytes());
        // No checksum, no feature_compat.
        superblock.extend([0; 8]);
        superblock.extend([BLOCK_BITS, 0]);
        superblock.extend(u16::try_from(root)?.to_le_bytes());
        superblock.extend(u64::from(self.inodes).to_le_bytes());
        superblock.extend(TIME.to_le_bytes());
        superblock.extend([0; 4]);
        superblock.extend(blocks.to_le_bytes());
        // meta_blkaddr: inode numbers count from the start of the image.
        superblock.extend([0; 4]);
        superblock.extend(self.shared.to_le_bytes());
        superblock.extend(uuid);
        superblock.extend([0; 16]);
        superblock.extend(CHUNKED_FILE.to_le_bytes());
        superblock.resize(SUPERBLOCK_LEN, 0);
        self.bytes[SUPERBLOCK_AT..SUPERBLOCK_AT + SUPERBLOCK_LEN].copy_from_slice(&superblock);
        Ok(self.bytes)
    }
}
