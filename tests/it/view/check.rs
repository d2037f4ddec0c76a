//! Compares an image with the views that it was made of.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail, ensure};
use confinix::view::DIRECTORY;

use super::reader::{Data, Inode, Reader};
use super::sample::{Below, Sample, UUID, Views, written};

const DIRECTORY_TYPE: u8 = 2;

/// The image must contain exactly these views.
pub fn check(views: &Views) -> Result<()> {
    let image = written(views)?;
    ensure!(
        image == written(views)?,
        "the same views give different bytes"
    );
    let reader = Reader::new(&image)?;
    ensure!(reader.uuid == UUID, "UUID");
    let mut checker = Checker {
        reader: &reader,
        nids: BTreeSet::new(),
        numbers: BTreeSet::new(),
        shared: BTreeMap::new(),
        files: BTreeMap::new(),
    };
    let root = reader.root;
    let names = [(DIRECTORY.into(), DIRECTORY_TYPE)];
    let all = checker.directory(root, Some(root), &[], names)?[0];
    let names = views
        .keys()
        .map(|id| (id.as_bytes().into(), DIRECTORY_TYPE));
    let opaque = [("overlay.opaque", "y")];
    let nids = checker.directory(all, Some(root), &opaque, names)?;
    for ((id, view), nid) in views.iter().zip(nids) {
        let names = view.iter().map(|(name, sample)| {
            let kind = match sample {
                Sample::File { .. } => 1,
                Sample::Directory(_) => DIRECTORY_TYPE,
                Sample::Symlink(_) => 7,
            };
            (name.as_bytes().into(), kind)
        });
        let entries = checker.directory(nid, Some(all), &[], names)?;
        for ((name, sample), entry) in view.iter().zip(entries) {
            checker
                .sample(entry, name, sample)
                .with_context(|| format!("{id}/{name}"))?;
        }
    }
    ensure!(
        reader.inodes == checker.nids.len() as u64,
        "number of inodes"
    );
    reader.is_used_once()
}

struct Checker<'a> {
    reader: &'a Reader<'a>,
    nids: BTreeSet<u64>,
    numbers: BTreeSet<u32>,
    /// The place of each attribute: none is in the image twice.
    shared: BTreeMap<(String, Vec<u8>), usize>,
    /// The number of each file and symlink: none is in the image twice.
    files: BTreeMap<String, u64>,
}

impl Checker<'_> {
    /// Requires a directory with these names and types, and returns their numbers. It has dots if its parent is given.
    fn directory(
        &mut self,
        nid: u64,
        parent: Option<u64>,
        attributes: &[(&str, &str)],
        names: impl IntoIterator<Item = (Vec<u8>, u8)>,
    ) -> Result<Vec<u64>> {
        let mut expected = Vec::from_iter(names);
        expected.sort();
        let subdirectories = expected.iter().filter(|(_, kind)| *kind == DIRECTORY_TYPE);
        let links = u32::try_from(subdirectories.count())? + 2;
        let inode = self.inode(nid, 0o040_555, links, attributes)?;
        let mut found = Vec::new();
        let mut dots = Vec::new();
        let mut nids = Vec::new();
        for (name, to, kind) in self.reader.directory(&inode)? {
            if name == b"." || name == b".." {
                dots.push((name, to, kind));
            } else {
                nids.push(to);
                found.push((name, kind));
            }
        }
        let expected_dots = parent.map(|parent| {
            [
                (b".".to_vec(), nid, DIRECTORY_TYPE),
                (b"..".to_vec(), parent, DIRECTORY_TYPE),
            ]
        });
        ensure!(
            dots == expected_dots.as_ref().map_or(&[][..], |dots| dots),
            "the dots are {dots:?}"
        );
        ensure!(found == expected, "it has {found:?}, not {expected:?}");
        Ok(nids)
    }

    fn sample(&mut self, nid: u64, name: &str, sample: &Sample) -> Result<()> {
        if !matches!(sample, Sample::Directory(_)) {
            match self.files.insert(name.to_owned(), nid) {
                Some(before) if before == nid => return Ok(()),
                Some(_) => bail!("it is not the inode of another view"),
                None => {}
            }
        }
        let redirect = format!("/{name}");
        let redirect = ("overlay.redirect", redirect.as_str());
        match sample {
            Sample::Directory(below) => self.tree(nid, &[redirect], below, b""),
            Sample::File { size, executable } => {
                let mode = if *executable { 0o100_555 } else { 0o100_444 };
                let attributes = [("overlay.metacopy", ""), redirect];
                let inode = self.inode(nid, mode, 1, &attributes)?;
                ensure!(
                    inode.data == Data::Holes && inode.size == *size,
                    "{} bytes of {:?}",
                    inode.size,
                    inode.data
                );
                Ok(())
            }
            Sample::Symlink(target) => {
                let inode = self.inode(nid, 0o120_777, 1, &[])?;
                ensure!(
                    inode.data == Data::Bytes(target.clone().into_bytes()),
                    "it leads elsewhere"
                );
                Ok(())
            }
        }
    }

    /// Requires the directories of `below` in the directory at `path`.
    fn tree(
        &mut self,
        nid: u64,
        attributes: &[(&str, &str)],
        below: &Below,
        path: &[u8],
    ) -> Result<()> {
        let prefix = if path.is_empty() {
            Vec::new()
        } else {
            [path, b"/"].concat()
        };
        let inside = below.range(prefix.clone()..);
        let inside = inside.take_while(|path| path.starts_with(&prefix));
        let names = inside.filter_map(|path| path.strip_prefix(prefix.as_slice()));
        let names: BTreeSet<&[u8]> = names.filter(|name| !name.contains(&b'/')).collect();
        let expected = names.iter().map(|name| (name.to_vec(), DIRECTORY_TYPE));
        let nids = self
            .directory(nid, None, attributes, expected)
            .with_context(|| String::from_utf8_lossy(path).into_owned())?;
        for (name, child) in names.into_iter().zip(nids) {
            self.tree(child, &[], below, &[&prefix, name].concat())?;
        }
        Ok(())
    }

    /// Requires an inode that was not seen before, with these attributes of overlayfs and no others.
    fn inode(
        &mut self,
        nid: u64,
        mode: u16,
        links: u32,
        attributes: &[(&str, &str)],
    ) -> Result<Inode> {
        let inode = self.reader.inode(nid)?;
        ensure!(
            self.nids.insert(nid) && self.numbers.insert(inode.number),
            "inode {nid} is that of another"
        );
        ensure!(inode.mode == mode, "mode {:o}", inode.mode);
        ensure!(
            inode.owner == (0, 0) && inode.time == 1,
            "owner {:?}, time {}",
            inode.owner,
            inode.time
        );
        ensure!(inode.links == links, "{} links, not {links}", inode.links);
        let expected: BTreeMap<_, _> = attributes
            .iter()
            .map(|(name, value)| (format!("trusted.{name}"), value.as_bytes().to_vec()))
            .collect();
        let found: BTreeMap<_, _> = inode
            .attributes
            .iter()
            .map(|(name, (value, _))| (name.clone(), value.clone()))
            .collect();
        ensure!(found == expected, "attributes {found:?}");
        for (name, (value, place)) in &inode.attributes {
            let known = self.shared.entry((name.clone(), value.clone()));
            ensure!(
                *known.or_insert(*place) == *place,
                "{name} with one value is at two places"
            );
        }
        Ok(inode)
    }
}
