//! The directories of a store path in the order in which an image has them.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail, ensure};

use super::erofs::directory_len;
use crate::store::Directories;

/// The longest name of a file, in bytes (`NAME_MAX`).
const LONGEST_NAME: usize = 255;

/// A directory and all directories below it; the first is the top.
#[derive(Debug)]
pub struct Tree(Vec<Node>);

/// A directory of a [`Tree`].
#[derive(Debug, Default)]
pub(super) struct Node {
    /// Its name; empty for the top.
    pub name: Vec<u8>,
    /// The indices of its directories, by name.
    pub children: Vec<usize>,
    /// The names of what the view leaves out, sorted.
    pub whiteouts: Vec<Vec<u8>>,
    /// The size in bytes of its data in an image, without `.` and `..`.
    pub size: usize,
}

impl Tree {
    /// The tree of these directories without `hidden`, paths of directories and of files, written in the same way and not below one
    /// another. Fails if they are not those of one directory, or not written as [`Directories`] says.
    pub fn new(directories: &Directories, hidden: &[&str]) -> Result<Self> {
        let hidden: BTreeSet<&str> = hidden.iter().copied().collect();
        let mut nodes = vec![Node::default()];
        let mut known = BTreeMap::from([("", 0)]);
        let mut last = None;
        // The directories that are left out.
        let mut left = BTreeSet::new();
        for (parent, path, name) in directories.iter() {
            ensure!(
                !path.starts_with('/') && is_name(&name),
                "{path:?} is not the path of a directory"
            );
            let written = path.rsplit_once('/').map_or(path, |(_, name)| name);
            ensure!(
                written == Directories::name(&name),
                "{path:?} is not how the path of a directory is written"
            );
            ensure!(
                last <= Some(path),
                "the directories are not sorted: {path:?} follows {}",
                last.unwrap_or_default()
            );
            last = Some(path);
            if hidden.contains(path) || left.contains(parent) {
                ensure!(left.insert(path), "the directory {path:?} is listed twice");
                continue;
            }
            let Some(&parent) = known.get(parent) else {
                bail!("the directory {path:?} is listed, and {parent:?} is not");
            };
            let index = nodes.len();
            ensure!(
                known.insert(path, index).is_none(),
                "the directory {path:?} is listed twice"
            );
            nodes.push(Node {
                name,
                ..Node::default()
            });
            nodes[parent].children.push(index);
        }
        for path in hidden {
            let (parent, written) = path.rsplit_once('/').unwrap_or(("", path));
            let name = Directories::raw_name(written);
            ensure!(
                is_name(&name) && written == Directories::name(&name),
                "{path:?} is not the path of a file"
            );
            let Some(&parent) = known.get(parent) else {
                bail!("{path:?} is hidden, and there is no directory for it");
            };
            nodes[parent].whiteouts.push(name);
        }
        let mut tree = Self(nodes);
        tree.sort();
        Ok(tree)
    }

    /// Its directories, parents before their children.
    pub(super) fn nodes(&self) -> &[Node] {
        &self.0
    }

    /// Brings children into the order of their bytes, in which the kernel searches, and determines sizes.
    fn sort(&mut self) {
        for index in 0..self.0.len() {
            let mut children = std::mem::take(&mut self.0[index].children);
            children.sort_by(|a, b| self.0[*a].name.cmp(&self.0[*b].name));
            self.0[index].whiteouts.sort();
            let whiteouts = self.0[index].whiteouts.iter().map(Vec::as_slice);
            let names = children.iter().map(|child| self.0[*child].name.as_slice());
            let mut names: Vec<_> = names.chain(whiteouts).collect();
            names.sort_unstable();
            self.0[index].size = directory_len(names);
            self.0[index].children = children;
        }
    }
}

/// Whether a file can have this name.
fn is_name(name: &[u8]) -> bool {
    (1..=LONGEST_NAME).contains(&name.len())
        && !matches!(name, b"." | b"..")
        && !name.iter().any(|byte| matches!(byte, 0 | b'/'))
}
