//! Compares an image with the entries that it was made of.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail, ensure};
use confinix::store::Entry;
use confinix::view::DIRECTORY;

use super::reader::{Data, Inode, Reader};
use super::{Entries, UUID, written};

/// The image must contain exactly these entries.
pub fn check(entries: &Entries) -> Result<()> {
    let image = written(entries)?;
    ensure!(
        image == written(entries)?,
        "the same entries give different bytes"
    );
    let reader = Reader::new(&image)?;
    ensure!(reader.uuid == UUID, "UUID");
    ensure!(
        reader.inodes == entries.len() as u64 + 2,
        "number of inodes"
    );

    let root = reader.inode(reader.root)?;
    is_directory(&root, 3, &[])?;
    let listing = reader.directory(&root)?;
    let [dot, dots, (name, view_nid, 2)] = &listing[..] else {
        anyhow::bail!("the root holds {listing:?}")
    };
    ensure!(
        *dot == (b".".to_vec(), reader.root, 2) && *dots == (b"..".to_vec(), reader.root, 2),
        "dots of the root"
    );
    ensure!(name == DIRECTORY.as_bytes(), "name of the view");

    let view = reader.inode(*view_nid)?;
    let directories = entries
        .iter()
        .filter(|(_, entry)| *entry == Entry::Directory)
        .count();
    is_directory(
        &view,
        u32::try_from(directories)? + 2,
        &[("trusted.overlay.opaque", "y")],
    )?;
    let listing = reader.directory(&view)?;
    let dots = [
        (b".".to_vec(), *view_nid, 2),
        (b"..".to_vec(), reader.root, 2),
    ];
    ensure!(
        dots.iter().all(|dot| listing.contains(dot)),
        "dots of the view"
    );
    let shown: Vec<_> = listing
        .into_iter()
        .filter(|entry| !dots.contains(entry))
        .collect();
    ensure!(
        shown.len() == entries.len(),
        "{} names for {} entries",
        shown.len(),
        entries.len()
    );

    let mut numbers = BTreeSet::from([root.number, view.number]);
    let mut nids = BTreeSet::from([reader.root, *view_nid]);
    for ((name, entry), (found, nid, kind)) in entries.iter().zip(shown) {
        ensure!(
            found == name.as_bytes(),
            "{name} is called {}",
            String::from_utf8_lossy(&found)
        );
        let inode = reader.inode(nid)?;
        ensure!(
            numbers.insert(inode.number) && nids.insert(nid),
            "{name} has the number of another"
        );
        is(&inode, kind, name, entry).with_context(|| name.clone())?;
        if *entry == Entry::Directory {
            let dots = [(b".".to_vec(), nid, 2), (b"..".to_vec(), *view_nid, 2)];
            ensure!(reader.directory(&inode)? == dots, "{name} is not empty");
        }
    }
    Ok(())
}

fn is(inode: &Inode, kind: u8, name: &str, entry: &Entry) -> Result<()> {
    let redirect = format!("/{name}");
    match entry {
        Entry::Directory => {
            ensure!(kind == 2, "type {kind}");
            is_directory(inode, 2, &[("trusted.overlay.redirect", &redirect)])
        }
        Entry::File { size, executable } => {
            ensure!(kind == 1, "type {kind}");
            let mode = if *executable { 0o100_555 } else { 0o100_444 };
            is_of(
                inode,
                mode,
                1,
                &[
                    ("trusted.overlay.metacopy", ""),
                    ("trusted.overlay.redirect", &redirect),
                ],
            )?;
            ensure!(
                inode.data == Data::Holes && inode.size == *size,
                "{} bytes of {:?}",
                inode.size,
                inode.data
            );
            Ok(())
        }
        Entry::Symlink(target) => {
            ensure!(kind == 7, "type {kind}");
            is_of(inode, 0o120_777, 1, &[])?;
            ensure!(
                inode.data == Data::Bytes(target.clone().into_bytes()),
                "it leads elsewhere"
            );
            Ok(())
        }
        Entry::Missing | Entry::Other => bail!("it is in no image"),
    }
}

fn is_directory(inode: &Inode, links: u32, attributes: &[(&str, &str)]) -> Result<()> {
    is_of(inode, 0o040_555, links, attributes)
}

fn is_of(inode: &Inode, mode: u16, links: u32, attributes: &[(&str, &str)]) -> Result<()> {
    ensure!(inode.mode == mode, "mode {:o}", inode.mode);
    ensure!(
        inode.owner == (0, 0) && inode.time == 1,
        "owner {:?}, time {}",
        inode.owner,
        inode.time
    );
    ensure!(inode.links == links, "{} links, not {links}", inode.links);
    let attributes = attributes
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()))
        .collect();
    ensure!(
        inode.attributes == attributes,
        "attributes {:?}",
        inode.attributes
    );
    Ok(())
}
