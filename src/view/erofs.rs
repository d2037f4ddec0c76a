//! Writes the EROFS image of a view.
//!
//! Documentation/filesystems/erofs.rst and fs/erofs/erofs_fs.h of the kernel describe the format. The image uses blocks of 4 KiB,
//! extended inodes, inline extended attributes, inline data for small content, and chunks (Linux 5.15) for files whose data is elsewhere.
//! confinix does not use mkfs.erofs, because the same closure must give the same bytes on every machine.

mod directory;
mod image;
mod inode;

use anyhow::{Result, bail, ensure};

use self::directory::{Kind, directory, directory_len};
use self::image::Image;
use self::inode::{Inode, Layout};
use super::DIRECTORY;
use crate::store::Entry;

const BLOCK: usize = 4096;
const BLOCK_BITS: u8 = 12;
/// The modification time of everything in a Nix store.
const TIME: u64 = 1;
/// The chunk size (2^43 bytes): every file fits in one chunk.
const CHUNK_FORMAT: u32 = 31;
/// The size of the largest file in bytes: one chunk.
const LARGEST_FILE: u64 = 1 << (BLOCK_BITS as u32 + CHUNK_FORMAT);

/// Returns the image of a view with these entries, sorted by base name. For directories and files, the view shows the store's entry of
/// that name. `uuid` identifies the file system. Fails on an entry whose type is unknown.
pub fn image(entries: &[(&str, Entry)], uuid: [u8; 16]) -> Result<Vec<u8>> {
    ensure!(
        entries.windows(2).all(|pair| pair[0].0 < pair[1].0),
        "the entries of a view are not sorted"
    );
    let mut image = Image::new();
    // Directories come before their entries, which refer to their numbers; their content is written when it is known.
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
            bail!("the type of {name} is unknown, so no view can show it");
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
    // The links to a directory are in its parent, in itself and in its subdirectories.
    let is_directory = |entry: &&(u64, Kind, &str)| entry.1 == Kind::Directory;
    view.links = u32::try_from(listing.iter().filter(is_directory).count())?;
    view.place = image.append_blocks(&data)?;
    image.overwrite(view_nid, &view);
    image.finish(root, uuid)
}
