//! Many needs of files in one directory, as a need of the directory.

use std::collections::{BTreeMap, BTreeSet};

use super::tree::Tree;
use crate::foresight::Need;

/// From as many needs of files in one directory on, the directory is needed.
const MANY: usize = 4;
/// Below these, a directory may be shown as a whole.
const LEAST_DEPTH: usize = 2;

/// Replaces many files of one directory by the directory, and removes what is below a needed directory.
pub fn together(mut needs: Vec<Need>, tree: Tree<'_>) -> Vec<Need> {
    loop {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for need in &needs {
            if let Need::Read(path) = need
                && let Some(parent) = parent(path, tree)
            {
                *counts.entry(parent.to_owned()).or_default() += 1;
            }
        }
        let many: BTreeSet<String> = counts
            .into_iter()
            .filter(|(_, count)| *count >= MANY)
            .map(|(parent, _)| parent)
            .collect();
        if many.is_empty() {
            break;
        }
        let joined = needs.into_iter().map(|need| match &need {
            Need::Read(path) => match parent(path, tree) {
                Some(parent) if many.contains(parent) => Need::Read(parent.to_owned()),
                _ => need,
            },
            _ => need,
        });
        let mut seen = BTreeSet::new();
        needs = joined.filter(|need| seen.insert(need.clone())).collect();
    }
    let directories: Vec<String> = needs
        .iter()
        .filter_map(|need| match need {
            Need::Read(path) => Some(format!("{path}/")),
            _ => None,
        })
        .collect();
    needs.retain(|need| match need {
        Need::Read(path) => !directories
            .iter()
            .any(|directory| path.starts_with(directory)),
        _ => true,
    });
    needs
}

/// The directory of a path, if it is deep enough to be shown as a whole, and not the store.
fn parent<'p>(path: &'p str, tree: Tree<'_>) -> Option<&'p str> {
    let (parent, _) = path.rsplit_once('/')?;
    let is_deep = parent.matches('/').count() >= LEAST_DEPTH;
    (is_deep && !tree.is_in_store(path)).then_some(parent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_files_are_their_directory() {
        let read = |path: &str| Need::Read(path.into());
        let files = [
            "/usr/share/a/1",
            "/usr/share/a/2",
            "/usr/share/a/3",
            "/usr/share/a/b/4",
            "/usr/share/a/5",
            "/etc/x",
            "/usr/store/a/1",
            "/usr/store/a/2",
            "/usr/store/a/3",
            "/usr/store/a/4",
        ];
        let joined = together(
            files.into_iter().map(read).collect(),
            Tree {
                root: "/".as_ref(),
                with: &[],
                store: "/usr/store".as_ref(),
            },
        );
        assert_eq!(joined[..2], [read("/usr/share/a"), read("/etc/x")]);
        assert_eq!(
            joined[2..],
            files[6..].iter().map(|path| read(path)).collect::<Vec<_>>()
        );
    }
}
