//! The content of a root, by place.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Serialize;

/// What is at a place in the root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    tag = "kind"
)]
pub enum Shown {
    /// A directory or file of this machine.
    Bind {
        /// Its path on this machine.
        source: String,
        /// Whether the service may write to it.
        writable: bool,
    },
    /// A symlink.
    Link {
        /// Its target.
        target: String,
    },
    /// An empty directory.
    Directory,
    /// A separate empty file system.
    Empty {
        /// Whether the service may write to it.
        writable: bool,
    },
    /// The processes in the root.
    Processes,
    /// A few harmless devices.
    Devices,
    /// All devices of this machine.
    AllDevices,
}

/// Everything in a root, by place.
pub type Tree = BTreeMap<String, Shown>;

fn at<'t>(tree: &'t Tree, place: &Path) -> Option<&'t Shown> {
    tree.get(place.to_str()?)
}

/// Whether a path of this machine is bound at the place itself.
pub fn is_bound(tree: &Tree, place: &Path) -> bool {
    matches!(at(tree, place), Some(Shown::Bind { .. }))
}

/// Returns the path of this machine that appears at a place through a bind above it.
fn beneath(tree: &Tree, place: &str) -> Option<PathBuf> {
    let mut above = Path::new(place).ancestors().skip(1);
    above.find_map(|above| match at(tree, above)? {
        Shown::Bind { source, .. } => {
            let rest = Path::new(place).strip_prefix(above).ok()?;
            Some(Path::new(source).join(rest))
        }
        _ => None,
    })
}

/// Removes entries without a mount point: those that the bind above lacks, and that can't be created in it. Returns those that will
/// be missing.
pub fn remove_homeless(tree: &mut Tree) -> Vec<String> {
    let is_homeless = |place: &str| beneath(tree, place).is_some_and(|beneath| !beneath.exists());
    let homeless: Vec<_> = tree
        .keys()
        .filter(|place| is_homeless(place))
        .cloned()
        .collect();
    homeless
        .into_iter()
        .filter(|place| tree.remove(place) != Some(Shown::Directory))
        .collect()
}

/// Adds all parent directories: bubblewrap would create them with access only for their owner.
pub fn name_parents(tree: &mut Tree, closure: &Tree) {
    let mut parents: BTreeSet<String> = BTreeSet::new();
    for place in tree.keys().chain(closure.keys()) {
        let above = Path::new(place).ancestors().skip(1);
        // Paths below a bind already exist.
        let above = above.take_while(|above| *above != Path::new("/") && !is_bound(tree, above));
        parents.extend(above.filter_map(Path::to_str).map(str::to_owned));
    }
    for parent in parents {
        tree.entry(parent).or_insert(Shown::Directory);
    }
}

/// Whether something exists at a place, as far as can be determined without entering.
pub fn exists(tree: &Tree, place: &str) -> bool {
    tree.contains_key(place) || beneath(tree, place).is_some_and(|beneath| beneath.exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bind(source: &str) -> Shown {
        Shown::Bind {
            source: source.to_owned(),
            writable: false,
        }
    }

    #[test]
    fn what_is_bound_over_has_to_have_a_place() -> anyhow::Result<()> {
        let dir = tempfile::tempdir()?;
        std::fs::write(dir.path().join("hosts"), "")?;
        let source = dir.path().display().to_string();
        let mut tree = Tree::from([
            ("/etc".to_owned(), bind(&source)),
            ("/etc/hosts".to_owned(), bind("/dev/null")),
            ("/etc/passwd".to_owned(), bind("/dev/null")),
            ("/etc/empty".to_owned(), Shown::Directory),
            ("/srv/a/b".to_owned(), Shown::Processes),
        ]);
        assert_eq!(remove_homeless(&mut tree), ["/etc/passwd"]);
        name_parents(
            &mut tree,
            &Tree::from([("/nix/store/x".to_owned(), bind("/x"))]),
        );
        let places: Vec<_> = tree.keys().map(String::as_str).collect();
        assert_eq!(
            places,
            [
                "/etc",
                "/etc/hosts",
                "/nix",
                "/nix/store",
                "/srv",
                "/srv/a",
                "/srv/a/b"
            ]
        );
        assert!(exists(&tree, "/srv/a") && exists(&tree, "/etc/hosts"));
        assert!(!exists(&tree, "/srv/b") && !exists(&tree, "/etc/group"));
        Ok(())
    }
}
