//! The views of closures.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::Digest;
use super::hidden::{AllHidden, left_out};
use super::make::nodes_of;
use super::model::{BundleFile, BundleService, View};
use super::uncalled::Uncalled;
use crate::confine::{StorePaths, ViewUnits};
use crate::service::{Hide, HideClass, UnitName};
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

/// What the views of a bundle show.
pub struct InViews<'a> {
    /// The directories of each directory.
    pub directories: &'a AllDirectories,
    /// The files of each path that views may leave out.
    pub hidden: &'a AllHidden,
    /// Each view, by its name.
    pub views: &'a AllViews<'a>,
    /// The services that have a view of their own.
    pub own: &'a [&'a UnitName],
}

/// Views by their names.
pub type AllViews<'a> = BTreeMap<String, ShownClosure<'a>>;

/// A closure, as a view shows it.
#[derive(Clone, Copy)]
pub struct ShownClosure<'a> {
    /// Its paths.
    pub nodes: &'a [NodeId],
    /// The classes of files that the view leaves out.
    pub hide: &'a Hide,
    /// The files that nothing in the closure calls, if it leaves out such.
    pub uncalled: Option<&'a Uncalled>,
}

/// A path, with the classes of files that it has and that a view leaves out, and those that depend on the closure.
type Variant<'a> = (NodeId, Vec<HideClass>, Vec<(HideClass, &'a Vec<String>)>);

fn variant<'a>(
    known: StorePaths,
    node: NodeId,
    shown: ShownClosure<'a>,
    hidden: &AllHidden,
) -> Variant<'a> {
    let classes = hidden.get(&node).into_iter().flat_map(BTreeMap::keys);
    let left = classes.copied().filter(|class| shown.hide.contains(class));
    let lists = shown.uncalled.into_iter().flatten();
    let lists = lists.filter(|(class, _)| shown.hide.contains(class));
    let path = known.graph.path(node);
    let uncalled = lists.filter_map(|(class, paths)| Some((*class, paths.get(path)?)));
    (node, left.collect(), uncalled.collect())
}

/// The views of a bundle, with the content of their files by their path in the bundle.
pub fn view(
    known: StorePaths,
    InViews {
        directories,
        hidden,
        views,
        own,
    }: &InViews,
) -> Result<(View, BTreeMap<String, Vec<u8>>)> {
    let of_view: BTreeMap<&str, Vec<Variant>> = views
        .par_iter()
        .map(|(id, shown)| {
            let nodes = shown.nodes.iter();
            let variants = nodes.map(|node| variant(known, *node, *shown, hidden));
            (id.as_str(), variants.collect())
        })
        .collect();
    let mut variants: Vec<&Variant> = of_view.values().flatten().collect();
    variants.par_sort_unstable();
    variants.dedup();
    let trees = variants.par_iter().map(|(node, classes, uncalled)| {
        let listed = directories.get(node);
        let tree = |listed| {
            let uncalled = uncalled.iter().map(|(class, list)| (class, *list));
            let by_calls = uncalled.clone().map(|(class, _)| *class);
            let hide = classes.iter().copied().chain(by_calls).collect();
            let lists = hidden.get(node).into_iter().flatten().chain(uncalled);
            let tree = Tree::new(listed, &left_out(lists, &hide));
            tree.with_context(|| known.graph.path(*node).to_string())
        };
        listed.map(tree).transpose()
    });
    let trees: Vec<Option<Tree>> = trees.collect::<Result<_>>()?;
    let mut paths = Vec::with_capacity(variants.len());
    for ((node, ..), tree) in variants.iter().zip(&trees) {
        let base = known.graph.path(*node).base();
        paths.push((base, shown(known, *node, tree.as_ref())?));
    }
    let index = |variant: &Variant| variants.partition_point(|other| *other < variant);
    let indexed: BTreeMap<&str, Vec<usize>> = of_view
        .par_iter()
        .map(|(id, variants)| (*id, variants.iter().map(index).collect()))
        .collect();
    let in_view = nodes_of(known.graph, views.values().map(|shown| shown.nodes));
    // The id of the image has to change with the mounts, because a unit that is active does not mount more.
    let own_names = own.iter().map(|name| name.as_str());
    let ids: String = indexed.keys().copied().chain(own_names).collect();
    let mut uuid = [0; 16];
    uuid.copy_from_slice(&Sha256::digest(ids)[..16]);
    let image = image(&paths, &indexed, uuid).context("cannot make the image of the views")?;
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

fn shown<'a>(known: StorePaths<'a>, node: NodeId, tree: Option<&'a Tree>) -> Result<Shown<'a>> {
    let path = known.graph.path(node);
    Ok(match known.objects.of(node) {
        Object::Directory => Shown::Directory(tree.with_context(|| unseen(path))?),
        Object::File { size, executable } => Shown::File {
            size: *size,
            executable: *executable,
        },
        Object::Symlink { target, .. } => Shown::Symlink(target),
        Object::Unseen => bail!(unseen(path)),
    })
}

pub(super) fn unseen(path: &StorePath) -> String {
    format!(
        "the strategy image needs the files of {path}, which a recorded graph or another store does not provide: use another strategy"
    )
}
