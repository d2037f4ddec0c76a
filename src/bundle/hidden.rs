//! Which files of store paths views leave out.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use globset::GlobSet;

use super::views::unseen;
use crate::callable::matcher;
use crate::confine::StorePaths;
use crate::service::{Hide, HideClass};
use crate::store::{Closely, Item, ItemKind, NodeId, Object, StoreFiles, look_at_each};

/// The hidden files of a store path, by class: directories that are hidden as a whole, and files elsewhere; sorted.
pub type Hidden = BTreeMap<HideClass, Vec<String>>;

/// The classes that views hide of each path that they show.
pub type Wanted = BTreeMap<NodeId, Hide>;

/// The hidden files of each path that has some.
pub type AllHidden = BTreeMap<NodeId, Hidden>;

/// The classes that are hidden of each path, by views with these classes and paths.
pub fn wanted<'a>(views: impl IntoIterator<Item = (&'a Hide, &'a [NodeId])>) -> Wanted {
    let mut wanted = Wanted::new();
    let mut seen = BTreeSet::new();
    for (hide, nodes) in views {
        // Many services have the same closure.
        let is_by_place = hide.iter().any(|class| !class.is_by_calls());
        if !is_by_place || !seen.insert((hide, nodes)) {
            continue;
        }
        for node in nodes {
            wanted.entry(*node).or_default().extend(hide);
        }
    }
    wanted
}

/// Finds the files to hide of each path that is a directory.
pub fn hidden(known: StorePaths, wanted: &Wanted, files: &dyn StoreFiles) -> Result<AllHidden> {
    let directories: Vec<_> = wanted
        .keys()
        .copied()
        .filter(|node| *known.objects.of(*node) == Object::Directory)
        .collect();
    let by_place = HideClass::ALL
        .into_iter()
        .filter(|class| !class.is_by_calls());
    let matchers = by_place.map(|class| Ok((class, matcher([class])?)));
    let matchers: BTreeMap<HideClass, GlobSet> = matchers.collect::<Result<_>>()?;
    let look = |node: NodeId| {
        let path = known.graph.path(node);
        let items = files.items(path.as_str(), Closely::Names)?;
        let items = items.with_context(|| unseen(path))?;
        let classes = wanted[&node].iter();
        let lists =
            classes.filter_map(|class| Some((*class, of_class(&items, matchers.get(class)?))));
        let hidden: Hidden = lists.filter(|(_, list)| !list.is_empty()).collect();
        Ok((node, hidden))
    };
    let found = look_at_each(&directories, files, look)?.into_iter();
    Ok(found.filter(|(_, hidden)| !hidden.is_empty()).collect())
}

/// The items that a class contains: directories without any other files, and files. `items` are sorted by path.
fn of_class(items: &[Item], class: &GlobSet) -> Vec<String> {
    // How many files each directory has, and how many of them the class contains.
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut matched = BTreeSet::new();
    for Item { path, kind } in items {
        if *kind == ItemKind::Directory {
            continue;
        }
        let is_match = class.is_match(path);
        if is_match {
            matched.insert(path.as_str());
        }
        for above in above(path) {
            let (files, hidden) = counts.entry(above).or_default();
            *files += 1;
            *hidden += usize::from(is_match);
        }
    }
    let is_whole = |above: &&str| {
        let count = counts.get(above);
        count.is_some_and(|(files, hidden)| files == hidden)
    };
    let topmost = |path| above(path).filter(is_whole).last().unwrap_or(path);
    let found: BTreeSet<&str> = matched.iter().map(|path| topmost(path)).collect();
    found.into_iter().map(str::to_owned).collect()
}

/// The directories above a path, the nearest first, without the top.
fn above(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(parent(path), |path| parent(path))
}

fn parent(path: &str) -> Option<&str> {
    path.rsplit_once('/').map(|(parent, _)| parent)
}

/// What a view that hides these classes leaves out of a path with these lists, without what is below another; sorted.
pub fn left_out<'h>(
    lists: impl IntoIterator<Item = (&'h HideClass, &'h Vec<String>)>,
    hide: &Hide,
) -> Vec<&'h str> {
    let lists = lists.into_iter().filter(|(class, _)| hide.contains(class));
    let all: BTreeSet<&str> = lists
        .flat_map(|(_, list)| list.iter().map(String::as_str))
        .collect();
    let is_below = |path: &&str| above(path).any(|above| all.contains(above));
    all.iter().copied().filter(|path| !is_below(path)).collect()
}

/// The hidden files of these classes as confinix writes them: in order, each once, and no empty lists.
pub fn plain(hidden: &Hidden, hide: &Hide) -> Hidden {
    let lists = hidden.iter().filter(|(class, _)| hide.contains(class));
    let sorted = lists.map(|(class, list)| {
        let list: BTreeSet<_> = list.iter().cloned().collect();
        (*class, list.into_iter().collect::<Vec<_>>())
    });
    sorted.filter(|(_, list)| !list.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(class: HideClass, paths: &[&str]) -> Result<Vec<String>> {
        let items: Vec<_> = paths
            .iter()
            .map(|path| match path.strip_suffix('/') {
                Some(path) => Item {
                    path: path.to_owned(),
                    kind: ItemKind::Directory,
                },
                None => Item {
                    path: (*path).to_owned(),
                    kind: ItemKind::File(None),
                },
            })
            .collect();
        Ok(of_class(&items, &matcher([class])?))
    }

    #[test]
    fn directories_are_hidden_whole_if_nothing_else_is_in_them() -> Result<()> {
        let docs = found(
            HideClass::Docs,
            &[
                "bin/x",
                "share/",
                "share/man/man1/x.1",
                "share/doc",
                "share/man/empty/",
            ],
        )?;
        assert_eq!(docs, ["share"]);
        let docs = found(
            HideClass::Docs,
            &[
                "share/doc/x/README",
                "share/x/data",
                "doc/x",
                "lib/share/doc/x",
            ],
        )?;
        assert_eq!(docs, ["share/doc"]);
        let headers = found(
            HideClass::Headers,
            &[
                "include/functions.php",
                "include/x.h",
                "include/c++/vector",
                "lib/x.h",
            ],
        )?;
        assert_eq!(headers, ["include/c++", "include/x.h"]);
        let libraries = found(
            HideClass::StaticLibraries,
            &[
                "lib/libx.a",
                "lib/libx.la",
                "lib/modules/x.la",
                "lib/a/b/x.a",
                "lib/libx.so",
            ],
        )?;
        assert_eq!(libraries, ["lib/a", "lib/libx.a", "lib/libx.la"]);
        Ok(())
    }

    #[test]
    fn classes_are_put_together_without_what_is_below() {
        let list = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect();
        let hidden = Hidden::from([
            (HideClass::Docs, list(&["share/doc", "share/man"])),
            (
                HideClass::StaticLibraries,
                list(&["share/doc/x.a", "lib/x.a"]),
            ),
        ]);
        let both = Hide::from([HideClass::Docs, HideClass::StaticLibraries]);
        assert_eq!(
            left_out(&hidden, &both),
            ["lib/x.a", "share/doc", "share/man"]
        );
        let one = Hide::from([HideClass::StaticLibraries]);
        assert_eq!(left_out(&hidden, &one), ["lib/x.a", "share/doc/x.a"]);
    }
}
