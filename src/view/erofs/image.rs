//! Builds an image: inodes, their separate data, and finally the superblock.

use std::ops::Range;

use anyhow::{Context, Result};

use super::inode::{Inode, PLACE_AT};
use super::{BLOCK, BLOCK_BITS, TIME};

const SUPERBLOCK_AT: usize = 1024;
const SUPERBLOCK_LEN: usize = 128;
const MAGIC: u32 = 0xE0F5_E1E2;
/// `EROFS_FEATURE_INCOMPAT_CHUNKED_FILE`
const CHUNKED_FILE: u32 = 0x4;
/// The unit of inode numbers in bytes: an inode's number is its offset in the image.
pub(super) const SLOT: usize = 32;

/// An image under construction.
pub(super) struct Image {
    /// The superblock and the inodes, with the data that follows them, and zeros up to the end of a block.
    bytes: Vec<u8>,
    /// Where the next inode can be.
    next: usize,
    inodes: u32,
    /// What the last inode that did not fit left before the border of a block: smaller ones fill it.
    gap: Range<usize>,
    /// Shared attributes and separate data, in blocks behind the inodes.
    blocks: Vec<u8>,
    /// The offsets of the inodes with separate data. They have the number of its first block within `blocks`.
    separate: Vec<usize>,
}

impl Image {
    /// Returns an image with space for the superblock, and with these shared attributes. About so many bytes of inodes and of
    /// separate data are expected: memory that grows is slow.
    pub(super) fn new(mut shared: Vec<u8>, (inodes, separate): (usize, usize)) -> Self {
        let mut bytes = Vec::with_capacity(BLOCK + inodes + shared.len() + separate);
        bytes.resize(BLOCK, 0);
        shared.reserve(separate);
        Self {
            bytes,
            next: SUPERBLOCK_AT + SUPERBLOCK_LEN,
            inodes: 0,
            gap: 0..0,
            blocks: shared,
            separate: Vec::new(),
        }
    }

    /// Reserves the place of an inode with so many bytes of data, and returns its number.
    pub(super) fn reserve(&mut self, inode: &Inode, data: usize) -> Result<u64> {
        let head = inode.head();
        let at = self.find(head, data - inode.separate(data));
        Ok(u64::try_from(at / SLOT)?)
    }

    /// Finds a place for an inode and the data after it, which must not cross the border of a block.
    fn find(&mut self, head: usize, tail: usize) -> usize {
        let len = head + tail;
        if len <= self.gap.len() {
            let at = self.gap.start;
            self.gap.start = (at + len).next_multiple_of(SLOT).min(self.gap.end);
            return at;
        }
        let next = self.next;
        let border = next.next_multiple_of(BLOCK);
        let at = if next % BLOCK + len <= BLOCK {
            next
        } else if len <= BLOCK {
            border
        } else if next + head <= border {
            // Only for a long symlink: the inode ends at the end of its block.
            border - head
        } else {
            border + BLOCK - head
        };
        let gap = next..at.min(border);
        if gap.len() > self.gap.len() {
            self.gap = gap;
        }
        self.next = (at + len).next_multiple_of(SLOT);
        if at + len > self.bytes.len() {
            self.bytes.resize((at + len).next_multiple_of(BLOCK), 0);
        }
        at
    }

    /// Writes an inode in its place, with its data.
    pub(super) fn fill(&mut self, nid: u64, mut inode: Inode, data: &[u8]) -> Result<()> {
        let at = usize::try_from(nid)? * SLOT;
        let (separate, tail) = data.split_at(inode.separate(data.len()));
        if !separate.is_empty() {
            let padded = self.blocks.len().next_multiple_of(BLOCK);
            self.blocks.resize(padded, 0);
            self.blocks.extend(separate);
            inode.begin_at(block(padded)?);
            self.separate.push(at);
        }
        self.inodes += 1;
        let tail_at = at + inode.head();
        inode.write(self.inodes, &mut self.bytes[at..tail_at]);
        self.bytes[tail_at..tail_at + tail.len()].copy_from_slice(tail);
        Ok(())
    }

    /// Joins the inodes and the blocks, and writes `struct erofs_super_block`.
    pub(super) fn finish(mut self, root: u64, uuid: [u8; 16]) -> Result<Vec<u8>> {
        // The shared attributes are first among the blocks.
        let shared = block(self.bytes.len())?;
        for inode in self.separate {
            let place = &mut self.bytes[inode + PLACE_AT..inode + PLACE_AT + 4];
            let mut within = [0; 4];
            within.copy_from_slice(place);
            let first = u32::from_le_bytes(within).checked_add(shared);
            place.copy_from_slice(&first.context(TOO_LARGE)?.to_le_bytes());
        }
        self.bytes.append(&mut self.blocks);
        self.bytes
            .resize(self.bytes.len().next_multiple_of(BLOCK), 0);
        let mut superblock = Vec::with_capacity(SUPERBLOCK_LEN);
        superblock.extend(MAGIC.to_le_bytes());
        // No checksum, no feature_compat.
        superblock.extend([0; 8]);
        superblock.extend([BLOCK_BITS, 0]);
        superblock.extend(u16::try_from(root)?.to_le_bytes());
        superblock.extend(u64::from(self.inodes).to_le_bytes());
        superblock.extend(TIME.to_le_bytes());
        superblock.extend([0; 4]);
        superblock.extend(block(self.bytes.len())?.to_le_bytes());
        // meta_blkaddr: inode numbers count from the start of the image.
        superblock.extend([0; 4]);
        superblock.extend(shared.to_le_bytes());
        superblock.extend(uuid);
        superblock.extend([0; 16]);
        superblock.extend(CHUNKED_FILE.to_le_bytes());
        superblock.resize(SUPERBLOCK_LEN, 0);
        self.bytes[SUPERBLOCK_AT..SUPERBLOCK_AT + SUPERBLOCK_LEN].copy_from_slice(&superblock);
        Ok(self.bytes)
    }
}

const TOO_LARGE: &str = "the views are too large for one image";

/// Returns the number of the block at an offset.
fn block(at: usize) -> Result<u32> {
    u32::try_from(at / BLOCK).context(TOO_LARGE)
}
