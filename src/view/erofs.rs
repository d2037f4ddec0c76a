//! Writes the EROFS image of the views.
//!
//! Documentation/filesystems/erofs.rst and fs/erofs/erofs_fs.h of the kernel describe the format. The image uses blocks of 4 KiB,
//! shared extended attributes, inline data for small content, and chunks (Linux 5.15) for files whose data is elsewhere.
//! confinix does not use mkfs.erofs, because the same closures must give the same bytes on every machine.

mod directory;
mod image;
mod inode;
mod shared;

use std::collections::BTreeMap;

use anyhow::{Result, ensure};

use self::directory::{Kind, directory, directory_len};
use self::image::Image;
use self::inode::Inode;
use self::shared::Shared;
use super::{DIRECTORY, Shown, Tree};

const BLOCK: usize = 4096;
const BLOCK_BITS: u8 = 12;
/// The modification time of everything in a Nix store.
const TIME: u64 = 1;
/// The chunk size (2^43 bytes): every file fits in one chunk.
const CHUNK_FORMAT: u32 = 31;
/// The size of the largest file in bytes: one chunk.
const LARGEST_FILE: u64 = 1 << (BLOCK_BITS as u32 + CHUNK_FORMAT);

/// Returns the image of these views: by the name of its directory, what each shows, sorted by base name. `uuid` identifies the
/// file system.
pub fn image(views: &BTreeMap<&str, Vec<(&str, Shown)>>, uuid: [u8; 16]) -> Result<Vec<u8>> {
    let entries = || views.values().flatten();
    let shared = Shared::new(entries().map(|(name, shown)| (*name, shown)))?;
    let mut image = Image::new();
    // Directories come before their entries, which refer to their numbers; their content is written when it is known.
    let root = image.place(&Inode::directory(directory_len([DIRECTORY.as_bytes()])))?;
    image.append_shared(shared.bytes())?;
    let mut all = Inode::directory(directory_len(views.keys().map(|name| name.as_bytes())));
    all.attributes = vec![shared.opaque];
    let all_nid = image.place(&all)?;

    let mut listing = Vec::with_capacity(views.len());
    for (name, shown) in views {
        let nid = view(&mut image, all_nid, shown, &shared)?;
        listing.push((nid, Kind::Directory, name.as_bytes()));
    }
    image.fill(all_nid, all, directory(all_nid, root, listing))?;
    let top = directory(
        root,
        root,
        vec![(all_nid, Kind::Directory, DIRECTORY.as_bytes())],
    );
    image.fill(root, Inode::directory(top.data.len()), top)?;
    image.finish(root, uuid)
}

/// Adds a view and returns its number.
fn view(image: &mut Image, parent: u64, shown: &[(&str, Shown)], shared: &Shared) -> Result<u64> {
    ensure!(
        shown.windows(2).all(|pair| pair[0].0 < pair[1].0),
        "the entries of a view are not sorted"
    );
    let names = shown.iter().map(|(name, _)| name.as_bytes());
    let view = Inode::directory(directory_len(names));
    let nid = image.place(&view)?;
    let mut listing = Vec::with_capacity(shown.len());
    for (name, shown) in shown {
        let entry = match shown {
            Shown::Directory(of) => (
                tree(image, nid, of, shared.redirect(name))?,
                Kind::Directory,
            ),
            Shown::File { size, executable } => {
                ensure!(
                    *size <= LARGEST_FILE,
                    "{name} has {size} bytes: a view can't show files larger than {LARGEST_FILE} bytes"
                );
                let mut file = Inode::file(*size, *executable);
                file.attributes = vec![shared.metacopy, shared.redirect(name)];
                (image.place(&file)?, Kind::File)
            }
            Shown::Symlink(target) => (image.place(&Inode::symlink(target))?, Kind::Symlink),
        };
        listing.push((entry.0, entry.1, name.as_bytes()));
    }
    image.fill(nid, view, directory(nid, parent, listing))?;
    Ok(nid)
}

/// Adds a directory with all directories below it, which overlayfs merges with those of the store, and returns its number.
fn tree(image: &mut Image, parent: u64, tree: &Tree, redirect: u32) -> Result<u64> {
    let nodes = tree.nodes();
    let name = |index: usize| nodes[index].name.as_slice();
    let mut placed = Vec::with_capacity(nodes.len());
    for (index, node) in nodes.iter().enumerate() {
        let names = node.children.iter().map(|child| name(*child));
        let mut inode = Inode::directory(directory_len(names));
        if index == 0 {
            inode.attributes = vec![redirect];
        }
        placed.push((image.place(&inode)?, inode));
    }
    let nids: Vec<u64> = placed.iter().map(|(nid, _)| *nid).collect();
    for (index, (nid, inode)) in placed.into_iter().enumerate() {
        let node = &nodes[index];
        let above = if index == 0 {
            parent
        } else {
            nids[node.parent]
        };
        let listing = node.children.iter();
        let listing = listing.map(|child| (nids[*child], Kind::Directory, name(*child)));
        image.fill(nid, inode, directory(nid, above, listing.collect()))?;
    }
    Ok(nids[0])
}
