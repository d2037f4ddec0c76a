//! The views of closures.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::Digest;
use super::make::nodes_of;
use super::model::{BundleFile, BundleService, View};
use crate::confine::{StorePaths, ViewUnits};
use crate::service::UnitName;
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

/// Those of these services that have a view of their own.
pub fn with_own_view<'a>(
    services: impl Iterator<Item = (&'a UnitName, &'a BundleService)>,
) -> Vec<&'a UnitName> {
    services
        .filter(|(_, service)| service.strategy.is_view() && service.observe)
        .map(|(name, _)| name)
        .collect()
}

/// The views of closures with these ids and nodes, with the content of their files by their path in the bundle. `own`: the services
/// that have a view of their own.
pub fn view(
    known: StorePaths,
    directories: &AllDirectories,
    closures: &BTreeMap<&str, &[NodeId]>,
    own: &[&UnitName],
) -> Result<(View, BTreeMap<String, Vec<u8>>)> {
    let trees = directories.par_iter();
    let trees = trees.map(|(node, listed)| {
        let tree = Tree::new(listed).with_context(|| known.graph.path(*node).to_string())?;
        Ok((*node, tree))
    });
    let trees: BTreeMap<NodeId, Tree> = trees.collect::<Result<_>>()?;
    let in_view = nodes_of(known.graph, closures.values().copied());
    let mut paths = Vec::with_capacity(in_view.len());
    for node in &in_view {
        paths.push((known.graph.path(*node).base(), shown(known, *node, &trees)?));
    }
    let index = |node: &NodeId| in_view.partition_point(|other| other < node);
    let indices = |nodes: &&[NodeId]| nodes.iter().map(index).collect();
    let views: BTreeMap<&str, Vec<usize>> = closures
        .par_iter()
        .map(|(id, nodes)| (*id, indices(nodes)))
        .collect();
    // The id of the image has to change with the mounts, because a unit that is active does not mount more.
    let own_names = own.iter().map(|name| name.as_str());
    let ids: String = views.keys().copied().chain(own_names).collect();
    let mut uuid = [0; 16];
    uuid.copy_from_slice(&Sha256::digest(ids)[..16]);
    let image = image(&paths, &views, uuid).context("cannot make the image of the views")?;
    let (sha256, id) = Digest::with_short(&image);
    let units = ViewUnits::new(&id, known.graph.store_dir(), own)?;
    let list = in_view.iter().map(|node| known.graph.path(*node).as_str());
    let list: String = list.flat_map(|path| [path, "\n"]).collect();
    let texts = units.texts().into_iter();
    let files: BTreeMap<_, _> = texts
        .map(|(path, text)| (path, text.into_bytes()))
        .chain([(units.image(), image), (units.list(), list.into_bytes())])
        .collect();
    let listed = files.iter().map(|(path, content)| BundleFile {
        path: path.clone(),
        sha256: if *path == units.image() {
            sha256.clone()
        } else {
            Digest::of(content)
        },
    });
    let view = View {
        files: listed.collect(),
        image: id.clone(),
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
