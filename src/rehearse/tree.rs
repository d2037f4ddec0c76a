//! The files that a guest sees.

use std::fs;
use std::path::{Path, PathBuf};

/// Where paths of the rehearsal itself begin in a guest, and in the roots of services.
pub const OF_REHEARSAL: &str = "/run/confinix-";

/// Directories that the kernel makes, without files of services.
const OF_KERNEL: [&str; 3] = ["/proc/", "/sys/", "/dev/"];

/// Whether a path is in a directory that the kernel makes.
pub fn is_of_kernel(path: &str) -> bool {
    OF_KERNEL.iter().any(|place| path.starts_with(place))
}

/// The files that a guest sees: those of the tree that it boots on, and more of this machine.
#[derive(Clone, Copy, Debug)]
pub struct Tree<'a> {
    /// The tree.
    pub root: &'a Path,
    /// Paths of this machine that are shown instead of the tree's.
    pub with: &'a [PathBuf],
    /// The directory of the store, which guests see too.
    pub store: &'a Path,
}

impl Tree<'_> {
    /// Where this machine has what a guest sees at `path`, which is absolute.
    pub fn at(self, path: &str) -> PathBuf {
        let is_shown = |shown: &PathBuf| {
            let shown = fs::canonicalize(shown);
            shown.is_ok_and(|shown| Path::new(path).starts_with(shown))
        };
        if self.with.iter().any(is_shown) {
            PathBuf::from(path)
        } else {
            self.root.join(path.trim_start_matches('/'))
        }
    }

    /// Whether a path is in the store.
    pub fn is_in_store(self, path: &str) -> bool {
        Path::new(path).starts_with(self.store)
    }

    /// Whether something is at `path`.
    pub fn has(self, path: &str) -> bool {
        fs::symlink_metadata(self.at(path)).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Result;

    use super::*;

    #[test]
    fn what_is_shown_hides_the_tree() -> Result<()> {
        let dir = tempfile::tempdir()?;
        let (root, shown) = (dir.path().join("root"), dir.path().join("shown"));
        fs::create_dir_all(&root)?;
        fs::create_dir_all(&shown)?;
        fs::write(shown.join("file"), "")?;
        fs::write(root.join("file"), "")?;
        let with = [shown.clone()];
        let tree = Tree {
            root: &root,
            with: &with,
            store: Path::new("/nix/store"),
        };
        let file = |name: &str| shown.join(name).to_string_lossy().into_owned();
        assert!(tree.has("/file") && tree.has(&file("file")));
        assert!(!tree.has("/absent") && !tree.has(&file("absent")));
        assert_eq!(tree.at("/file"), root.join("file"));
        Ok(())
    }
}
