//! The directories of a store path in the order in which an image has them.

use std::collections::BTreeMap;

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
    /// The size in bytes of its data in an image, without `.` and `..`.
    pub size: usize,
}

impl Tree {
    /// The tree of these directories. Fails if they are not those of one directory, or not written as [`Directories`] says.
    pub fn new(directories: &Directories) -> Result<Self> {
        let mut nodes = vec![Node::default()];
        let mut known = BTreeMap::from([("", 0)]);
        let mut last = None;
        for (parent, path, name) in directories.iter() {
            ensure!(
                !path.starts_with('/')
                    && (1..=LONGEST_NAME).contains(&name.len())
                    && name != b"."
                    && name != b".."
                    && !name.iter().any(|byte| matches!(byte, 0 | b'/')),
                "{path:?} is not the path of a directory"
            );
            let written = path.rsplit_once('/').map_or(path, |(_, name)| name);
            ensure!(
                written == Directories::name(&name),
                "{path:?} is not how the path of a directory is written"
            );
            let Some(&parent) = known.get(parent) else {
                bail!("the directory {path:?} is listed, and {parent:?} is not");
            };
            let index = nodes.len();
            ensure!(
                known.insert(path, index).is_none(),
                "the directory {path:?} is listed twice"
            );
            ensure!(
                last < Some(path),
                "the directories are not sorted: {path:?} follows {}",
                last.unwrap_or_default()
            );
            last = Some(path);
            nodes.push(Node {
                name,
                ..Node::default()
            });
            nodes[parent].children.push(index);
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
            let names = children.iter().map(|child| self.0[*child].name.as_slice());
            self.0[index].size = directory_len(names);
            self.0[index].children = children;
        }
    }
}
