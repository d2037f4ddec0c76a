//! Writes the EROFS image of a view.
//!
//! The format: Documentation/filesystems/erofs.rst and fs/erofs/erofs_fs.h of the kernel. Used of it are blocks of 4 KiB, extended
//! inodes, inline extended attributes, inline data for what is small, and chunks (Linux 5.15) for files whose data lies elsewhere.
//! Written here rather than by mkfs.erofs so that the same closure gives the same bytes wherever it is made.

use anyhow::{Context, Result, bail, ensure};

use super::DIRECTORY;
use crate::store::Entry;

const BLOCK: usize = 4096;
const BLOCK_BITS: u8 = 12;
const SUPERBLOCK_AT: usize = 1024;
const SUPERBLOCK_LEN: usize = 128;
const MAGIC: u32 = 0xE0F5_E1E2;
/// `EROFS_FEATURE_INCOMPAT_CHUNKED_FILE`
const CHUNKED_FILE: u32 = 0x4;
/// An inode's number is its place in the image, in units of this many bytes.
const SLOT: usize = 32;
const INODE_LEN: usize = 64;
const DIRENT_LEN: usize = 12;
/// `EROFS_XATTR_INDEX_TRUSTED`: stands for the prefix `trusted.`
const TRUSTED: u8 = 4;
/// The time of everything in a Nix store.
const TIME: u64 = 1;
/// `EROFS_NULL_ADDR`: a chunk without data.
const HOLE: [u8; 4] = [0xFF; 4];
/// Chunks so large (2^43 bytes) that every file is one.
const CHUNK_FORMAT: u32 = 31;
/// In bytes: one chunk.
const LARGEST_FILE: u64 = 1 << (BLOCK_BITS as u32 + CHUNK_FORMAT);

/// The image of a view with these entries, by base name and sorted: of directories and files the store's own of that name are shown.
/// `uuid` names the file system. Fails on an entry of which it is not known what it is.
pub fn image(entries: &[(&str, Entry)], uuid: [u8; 16]) -> Result<Vec<u8>> {
    ensure!(
        entries.windows(2).all(|pair| pair[0].0 < pair[1].0),
        "the entries of a view are not sorted"
    );
    let mut image = Image {
        bytes: vec![0; SUPERBLOCK_AT + SUPERBLOCK_LEN],
        inodes: 0,
    };
    // Directories before their content, for the numbers that it refers to; what they hold is written when that is known.
    let mut top = Inode::directory(Layout::Inline, &[]);
    top.tail = vec![0; directory_len(&[".", "..", DIRECTORY])];
    let root = image.place(&top)?;
    let mut view = Inode::directory(Layout::Plain, &[("overlay.opaque", "y")]);
    let view_nid = image.place(&view)?;

    let mut listing = vec![
        (view_nid, Kind::Directory, "."),
        (root, Kind::Directory, ".."),
    ];
    for (name, entry) in entries {
        if let Entry::File { size, .. } = entry {
            ensure!(
                *size <= LARGEST_FILE,
                "{name} has {size} bytes: a view can't show files larger than {LARGEST_FILE} bytes"
            );
        }
        let redirect = format!("/{name}");
        let Some((kind, mut inode)) = Inode::of(entry, &redirect) else {
            bail!("it is not known what {name} is, so that no view can show it");
        };
        let nid = image.next(&inode)?;
        if kind == Kind::Directory {
            inode.tail = directory(&[(nid, kind, "."), (view_nid, kind, "..")]);
        }
        image.place(&inode)?;
        listing.push((nid, kind, name));
    }
    top.tail = directory(&[
        (root, Kind::Directory, "."),
        (root, Kind::Directory, ".."),
        (view_nid, Kind::Directory, DIRECTORY),
    ]);
    top.links = 3;
    image.overwrite(root, &top);
    let data = directory(&listing);
    view.size = data.len() as u64;
    // A directory is named by its parent, by itself and by the directories in it.
    let is_directory = |entry: &&(u64, Kind, &str)| entry.1 == Kind::Directory;
    view.links = u32::try_from(listing.iter().filter(is_directory).count())?;
    view.place = image.append_blocks(&data)?;
    image.overwrite(view_nid, &view);
    image.finish(root, uuid)
}

/// `i_format`: that an inode is extended, and where its data is.
#[derive(Clone, Copy)]
enum Layout {
    /// In blocks of its own.
    Plain = 1,
    /// Behind the inode, within one block.
    Inline = 1 | 2 << 1,
    /// In chunks, listed behind the inode.
    Chunks = 1 | 4 << 1,
}

/// `file_type` of a directory entry, and the type bits of a mode.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    File = 1,
    Directory = 2,
    Symlink = 7,
}

impl Kind {
    fn mode(self) -> u16 {
        match self {
            Self::File => 0o100_000,
            Self::Directory => 0o040_000,
            Self::Symlink => 0o120_000,
        }
    }
}

struct Inode {
    layout: Layout,
    mode: u16,
    size: u64,
    links: u32,
    /// `i_u`: the first block of the data, or the format of the chunks.
    place: u32,
    attributes: Vec<u8>,
    attribute_slots: u16,
    /// What stands behind the inode and its attributes.
    tail: Vec<u8>,
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

    fn directory(layout: Layout, attributes: &[(&str, &str)]) -> Self {
        let mut inode = Self::new(Kind::Directory, 0o555, layout, attributes);
        inode.links = 2;
        inode
    }

    /// `None` if it is not known what it is.
    fn of(entry: &Entry, redirect: &str) -> Option<(Kind, Self)> {
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

    fn len(&self) -> usize {
        INODE_LEN + self.attributes.len() + self.tail.len()
    }

    /// `struct erofs_inode_extended`, the attributes, the tail.
    fn bytes(&self, number: u32) -> Vec<u8> {
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

/// `struct erofs_xattr_ibody_header` and the attributes of one inode, all with the prefix `trusted.`.
fn attribute_body(attributes: &[(&str, &str)]) -> Vec<u8> {
    if attributes.is_empty() {
        return Vec::new();
    }
    let mut body = vec![0; 12];
    for (name, value) in attributes {
        // Names are ours, values are store names: both far below the limits of 255 and 65,535 bytes.
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

struct Image {
    bytes: Vec<u8>,
    inodes: u32,
}

impl Image {
    /// Where the next inode will be. What stands behind an inode must not cross the border of a block.
    fn next_at(&self, inode: &Inode) -> usize {
        let at = self.bytes.len().next_multiple_of(SLOT);
        if at % BLOCK + inode.len() <= BLOCK {
            return at;
        }
        let border = at.next_multiple_of(BLOCK);
        if inode.len() <= BLOCK {
            return border;
        }
        // Only a long symlink: the inode ends where its block ends.
        let head = inode.len() - inode.tail.len();
        if at + head <= border {
            border - head
        } else {
            border + BLOCK - head
        }
    }

    /// The number that the next inode will have.
    fn next(&self, inode: &Inode) -> Result<u64> {
        Ok(u64::try_from(self.next_at(inode) / SLOT)?)
    }

    /// Appends an inode; its number.
    fn place(&mut self, inode: &Inode) -> Result<u64> {
        let at = self.next_at(inode);
        self.inodes += 1;
        self.bytes.resize(at, 0);
        self.bytes.extend(inode.bytes(self.inodes));
        Ok(u64::try_from(at / SLOT)?)
    }

    /// Writes an inode again that was placed before with the same length.
    fn overwrite(&mut self, nid: u64, inode: &Inode) {
        let at = usize::try_from(nid).unwrap_or_default() * SLOT;
        let number_at = at + 20;
        let mut number = [0; 4];
        number.copy_from_slice(&self.bytes[number_at..number_at + 4]);
        let bytes = inode.bytes(u32::from_le_bytes(number));
        self.bytes[at..at + bytes.len()].copy_from_slice(&bytes);
    }

    /// Appends data in blocks of their own; the number of the first.
    fn append_blocks(&mut self, data: &[u8]) -> Result<u32> {
        let at = self.bytes.len().next_multiple_of(BLOCK);
        self.bytes.resize(at, 0);
        self.bytes.extend(data);
        u32::try_from(at / BLOCK).context("the view is too large for one image")
    }

    /// Pads the image and writes `struct erofs_super_block`.
    fn finish(mut self, root: u64, uuid: [u8; 16]) -> Result<Vec<u8>> {
        self.bytes
            .resize(self.bytes.len().next_multiple_of(BLOCK), 0);
        let blocks = u32::try_from(self.bytes.len() / BLOCK)
            .context("the view is too large for one image")?;
        let mut superblock = Vec::with_capacity(SUPERBLOCK_LEN);
        superblock.extend(MAGIC.to_le_bytes());
        // Checksum and feature_compat: none.
        superblock.extend([0; 8]);
        superblock.extend([BLOCK_BITS, 0]);
        superblock.extend(u16::try_from(root)?.to_le_bytes());
        superblock.extend(u64::from(self.inodes).to_le_bytes());
        superblock.extend(TIME.to_le_bytes());
        superblock.extend([0; 4]);
        superblock.extend(blocks.to_le_bytes());
        // meta_blkaddr, xattr_blkaddr: inode numbers count from the start of the image; no shared attributes.
        superblock.extend([0; 8]);
        superblock.extend(uuid);
        superblock.extend([0; 16]);
        superblock.extend(CHUNKED_FILE.to_le_bytes());
        superblock.resize(SUPERBLOCK_LEN, 0);
        self.bytes[SUPERBLOCK_AT..SUPERBLOCK_AT + SUPERBLOCK_LEN].copy_from_slice(&superblock);
        Ok(self.bytes)
    }
}

fn directory_len(names: &[&str]) -> usize {
    names.iter().map(|name| DIRENT_LEN + name.len()).sum()
}

/// The data of a directory: in each block `struct erofs_dirent` for its names, then the names.
fn directory(mut entries: &[(u64, Kind, &str)]) -> Vec<u8> {
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
