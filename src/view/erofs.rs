//! Writes the EROFS image of a view.
//!
//! The format: Documentation/filesystems/erofs.rst and fs/erofs/erofs_fs.h of the kernel. Used of it are blocks of 4 KiB, extended
//! inodes, inline extended attributes, inline data for what is small, and chunks (Linux 5.15) for files whose data lies elsewhere.
//! Written here rather than by mkfs.erofs so that the same closure gives the same bytes wherever it is made.

mod directory;
mod image;
mod inode;

use anyhow::{Result, bail, ensure};

use self::directory::{directory, directory_len};
use self::image::Image;
use self::inode::{Inode, Kind, Layout};
use super::DIRECTORY;
use crate::store::Entry;

const BLOCK: usize = 4096;
const BLOCK_BITS: u8 = 12;
/// The time of everything in a Nix store.
const TIME: u64 = 1;
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
    let mut image = Image::new();
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
