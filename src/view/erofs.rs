//! Writes the EROFS image of the views.
//!
//! Documentation/filesystems/erofs.rst and fs/erofs/erofs_fs.h of the kernel describe the format. The image uses blocks of 4 KiB,
//! shared extended attributes, inline data for small content, and chunks (Linux 5.15) for files whose data is elsewhere.
//! confinix does not use mkfs.erofs, because the same closures must give the same bytes on every machine.
//!
//! Directories are nearly all of an image, so they are as small as the kernel allows: those of store paths have no entries for
//! `.` and `..`, which overlayfs takes from the store's directories (an empty one has no data at all), and files and symlinks are one
//! inode with a name in each view.

mod directory;
mod image;
mod inode;
mod shared;

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};

pub(super) use self::directory::directory_len;
use self::directory::{DIRENT_LEN, Entry, Kind, write};
use self::image::{Image, SLOT};
use self::inode::{HOLE, Inode};
use self::shared::Shared;
use super::tree::Node;
use super::{DIRECTORY, Shown, Tree};

const BLOCK: usize = 4096;
const BLOCK_BITS: u8 = 12;
/// The modification time of everything in a Nix store.
const TIME: u64 = 1;
/// The chunk size (2^43 bytes): every file fits in one chunk.
const CHUNK_FORMAT: u32 = 31;
/// The size of the largest file in bytes: one chunk.
const LARGEST_FILE: u64 = 1 << (BLOCK_BITS as u32 + CHUNK_FORMAT);

/// Returns the image of these views of `paths`, which are sorted by base name; one that is shown in several ways is there as often.
/// `views` has, by the name of its directory, which paths each view shows, as sorted indices. `uuid` identifies the file system.
pub fn image(
    paths: &[(&str, Shown)],
    views: &BTreeMap<&str, Vec<usize>>,
    uuid: [u8; 16],
) -> Result<Vec<u8>> {
    ensure!(
        paths.is_sorted_by(|a, b| a.0 <= b.0),
        "the store paths of views are not sorted"
    );
    let Shared {
        bytes,
        opaque,
        metacopy,
        redirects,
    } = Shared::new(paths)?;
    let mut writer = Writer {
        paths,
        files: vec![None; paths.len()],
        metacopy,
        redirects: &redirects,
        whiteout: None,
        image: Image::new(bytes, expected(paths, views)),
        data: Vec::new(),
        nids: Vec::new(),
    };
    // A directory comes before its entries, which may refer to its number; its content is written when it is known.
    let opaque = [opaque];
    let root = writer.directory([DIRECTORY].into_iter(), 1, &[])?;
    let all = writer.directory(views.keys().copied(), views.len(), &opaque)?;
    let mut listing = Vec::with_capacity(views.len());
    for (name, shown) in views {
        let nid = writer.view(all.nid, shown)?;
        listing.push(entry(nid, Kind::Directory, name));
    }
    let (root_nid, all_nid) = (root.nid, all.nid);
    writer.fill(all, root_nid, listing)?;
    let listing = vec![entry(all_nid, Kind::Directory, DIRECTORY)];
    writer.fill(root, root_nid, listing)?;
    writer.image.finish(root_nid, uuid)
}

/// About how many bytes the inodes of these views take, and how many their entries.
fn expected(paths: &[(&str, Shown)], views: &BTreeMap<&str, Vec<usize>>) -> (usize, usize) {
    let shown = views.values().flatten();
    let sizes = shown.filter_map(|index| {
        let (name, shown) = paths.get(*index)?;
        let inodes = match shown {
            Shown::Directory(tree) => tree.nodes().len() * 2 * SLOT,
            Shown::File { .. } | Shown::Symlink(_) => 0,
        };
        Some((inodes, DIRENT_LEN + name.len()))
    });
    sizes.fold((0, 0), |all, path| (all.0 + path.0, all.1 + path.1))
}

fn entry(nid: u64, kind: Kind, name: &str) -> Entry<'_> {
    Entry {
        nid,
        kind,
        name: name.as_bytes(),
    }
}

/// A directory whose place is reserved.
struct Reserved<'a> {
    nid: u64,
    inode: Inode<'a>,
}

struct Writer<'a> {
    paths: &'a [(&'a str, Shown<'a>)],
    /// The number of each file and symlink that is in the image.
    files: Vec<Option<u64>>,
    /// The number of the whiteout, if the image has one.
    whiteout: Option<u64>,
    metacopy: u32,
    redirects: &'a [u32],
    image: Image,
    /// The data of the last directory.
    data: Vec<u8>,
    /// The numbers of the directories of the last tree.
    nids: Vec<u64>,
}

impl<'a> Writer<'a> {
    /// Reserves a directory with entries of these names, sorted, and with `.` and `..`.
    fn directory<'n>(
        &mut self,
        names: impl Iterator<Item = &'n str>,
        subdirectories: usize,
        attributes: &'a [u32],
    ) -> Result<Reserved<'a>> {
        let mut names: Vec<_> = names.map(str::as_bytes).collect();
        for dots in [b".".as_slice(), b".."] {
            names.insert(names.partition_point(|name| *name < dots), dots);
        }
        let size = directory_len(names);
        let inode = Inode::directory(size, subdirectories, attributes);
        let nid = self.image.reserve(&inode, size)?;
        Ok(Reserved { nid, inode })
    }

    /// Writes a directory with these entries, sorted, and with `.` and `..`.
    fn fill(&mut self, directory: Reserved, parent: u64, mut listing: Vec<Entry>) -> Result<()> {
        let Reserved { nid, inode } = directory;
        for (to, dots) in [(nid, "."), (parent, "..")] {
            let place = listing.partition_point(|entry| entry.name < dots.as_bytes());
            listing.insert(place, entry(to, Kind::Directory, dots));
        }
        write(&listing, &mut self.data);
        self.image.fill(nid, inode, &self.data)
    }

    /// Adds a view of the paths with these indices, and returns its number.
    fn view(&mut self, parent: u64, shown: &[usize]) -> Result<u64> {
        let paths = self.paths;
        ensure!(
            shown.iter().all(|index| *index < paths.len()),
            "a view has an unknown path"
        );
        ensure!(
            shown.is_sorted_by(|a, b| paths[*a].0 < paths[*b].0),
            "the paths of a view are not sorted"
        );
        let names = shown.iter().map(|index| paths[*index].0);
        let is_directory = |index: &&usize| matches!(paths[**index].1, Shown::Directory(_));
        let directories = shown.iter().filter(is_directory).count();
        let view = self.directory(names, directories, &[])?;
        let mut listing = Vec::with_capacity(shown.len() + 2);
        for index in shown {
            let (name, shown) = &paths[*index];
            let (nid, kind) = match shown {
                Shown::Directory(tree) => (self.tree(tree, *index)?, Kind::Directory),
                Shown::File { size, executable } => {
                    ensure!(
                        *size <= LARGEST_FILE,
                        "{name} has {size} bytes: a view can't show files larger than {LARGEST_FILE} bytes"
                    );
                    let attributes = [self.metacopy, self.redirects[*index]];
                    let inode = Inode::file(*size, *executable, &attributes);
                    (self.once(*index, inode, &HOLE)?, Kind::File)
                }
                Shown::Symlink(target) => {
                    let inode = Inode::symlink(target);
                    let nid = self.once(*index, inode, target.as_bytes())?;
                    (nid, Kind::Symlink)
                }
            };
            listing.push(entry(nid, kind, name));
        }
        let nid = view.nid;
        self.fill(view, parent, listing)?;
        Ok(nid)
    }

    /// Returns the number of a file or symlink, which is added if it is not in the image.
    fn once(&mut self, index: usize, inode: Inode, data: &[u8]) -> Result<u64> {
        if let Some(nid) = self.files[index] {
            return Ok(nid);
        }
        let nid = self.image.reserve(&inode, data.len())?;
        self.image.fill(nid, inode, data)?;
        self.files[index] = Some(nid);
        Ok(nid)
    }

    /// Returns the number of the whiteout, which is added if it is not in the image. All names of whiteouts are of the same inode.
    fn whiteout(&mut self) -> Result<u64> {
        if let Some(nid) = self.whiteout {
            return Ok(nid);
        }
        let nid = self.image.reserve(&Inode::whiteout(), 0)?;
        self.image.fill(nid, Inode::whiteout(), &[])?;
        self.whiteout = Some(nid);
        Ok(nid)
    }

    /// Adds a directory with all directories below it, which overlayfs merges with those of the store, and returns its number.
    fn tree(&mut self, tree: &Tree, index: usize) -> Result<u64> {
        let nodes = tree.nodes();
        let redirect = std::slice::from_ref(&self.redirects[index]);
        let inode = |at: usize, node: &Node| {
            let attributes = if at == 0 { redirect } else { &[] };
            Inode::directory(node.size, node.children.len(), attributes)
        };
        self.nids.clear();
        for (at, node) in nodes.iter().enumerate() {
            let nid = self.image.reserve(&inode(at, node), node.size)?;
            self.nids.push(nid);
        }
        let mut listing = Vec::new();
        for (at, node) in nodes.iter().enumerate() {
            listing.clear();
            listing.extend(node.children.iter().map(|child| Entry {
                nid: self.nids[*child],
                kind: Kind::Directory,
                name: &nodes[*child].name,
            }));
            if !node.whiteouts.is_empty() {
                let nid = self.whiteout()?;
                listing.extend(node.whiteouts.iter().map(|name| Entry {
                    nid,
                    kind: Kind::Whiteout,
                    name,
                }));
                listing.sort_by(|a, b| a.name.cmp(b.name));
            }
            write(&listing, &mut self.data);
            let nid = self.nids[at];
            self.image.fill(nid, inode(at, node), &self.data)?;
        }
        self.nids.first().copied().context("a tree without a top")
    }
}
