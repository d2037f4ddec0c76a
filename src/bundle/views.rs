//! The views of closures.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use sha2::{Digest as _, Sha256};

use super::Digest;
use super::model::{BundleFile, View};
use crate::confine::{StorePaths, ViewUnits};
use crate::store::{Directories, NodeId, Object, StoreFiles, StorePath, look_at_each};
use crate::view::{Shown, Tree, image};

/// The directories below each directory in a view.
pub type AllDirectories = BTreeMap<NodeId, Directories>;

/// Lists the directories below each of these nodes that is a directory.
pub fn directories(
    known: StorePaths,
    nodes: &[NodeId],
    files: &dyn StoreFiles,
) -> Result<AllDirectories> {
    let nodes = nodes.iter().copied();
    let directories: Vec<_> = nodes
        .filter(|node| *known.objects.of(*node) == Object::Directory)
        .collect();
    let list = |node: NodeId| {
        let path = known.graph.path(node);
        let listed = files.directories(path.as_str())?;
        Ok((node, listed.with_context(|| unseen(path))?))
    };
    Ok(look_at_each(&directories, files, list)?
        .into_iter()
        .collect())
}

/// The views of closures with these ids and nodes, with the content of their files by their path in the bundle.
pub fn view(
    known: StorePaths,
    directories: &AllDirectories,
    closures: &BTreeMap<&str, &[NodeId]>,
) -> Result<(View, BTreeMap<String, Vec<u8>>)> {
    let trees = directories.iter();
    let trees = trees.map(|(node, listed)| {
        let tree = Tree::new(listed).with_context(|| known.graph.path(*node).to_string())?;
        Ok((*node, tree))
    });
    let trees: BTreeMap<NodeId, Tree> = trees.collect::<Result<_>>()?;
    let mut views = BTreeMap::new();
    let mut list = BTreeSet::new();
    for (id, nodes) in closures {
        let mut view = Vec::with_capacity(nodes.len());
        for node in *nodes {
            let path = known.graph.path(*node);
            view.push((path.base(), shown(known, *node, &trees)?));
            list.insert(path.as_str());
        }
        views.insert(*id, view);
    }
    let ids: String = views.keys().copied().collect();
    let mut uuid = [0; 16];
    uuid.copy_from_slice(&Sha256::digest(ids)[..16]);
    let image = image(&views, uuid).context("cannot make the image of the views")?;
    let id = Digest::short(&image);
    let units = ViewUnits::new(&id, known.graph.store_dir())?;
    let list: String = list.into_iter().flat_map(|path| [path, "\n"]).collect();
    let texts = units.texts();
    let files: BTreeMap<_, _> = texts
        .map(|(path, text)| (path, text.into_bytes()))
        .into_iter()
        .chain([(units.image(), image), (units.list(), list.into_bytes())])
        .collect();
    let view = View {
        files: files
            .iter()
            .map(|(path, content)| BundleFile {
                path: path.clone(),
                sha256: Digest::of(content),
            })
            .collect(),
        image: id,
    };
    Ok((view, files))
}

fn shown<'a>(
    known: StorePaths<'a>,
    node: NodeId,
    trees: &'a BTreeMap<NodeId, Tree>,
) -> Result<Shown<'a>> {
    let path = known.graph.path(node);
    Ok(match known.objects.of(node) {
        Object::Directory => Shown::Directory(trees.get(&node).with_context(|| unseen(path))?),
        Object::File { size, executable } => Shown::File {
            size: *size,
            executable: *executable,
        },
        Object::Symlink { target, .. } => Shown::Symlink(target),
        Object::Unseen => bail!(unseen(path)),
    })
}

fn unseen(path: &StorePath) -> String {
    format!(
        "the strategy image needs the files of {path}, which a recorded graph or another store does not provide: use another strategy"
    )
}
