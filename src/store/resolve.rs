//! Follows symlinks within a store.

use anyhow::Result;

use super::{Entry, StoreDir, StoreFiles, Walk, below};

/// Where a path of a store leads, with all symlinks followed.
#[derive(Debug, PartialEq, Eq)]
pub enum Resolved {
    /// To this file or directory in the store, as `readlink -e` prints it.
    Within(String),
    /// Out of the store, to a place that only the host that runs the service can resolve.
    Out,
    /// Nowhere: a component is missing, or the symlinks form a cycle.
    Missing,
    /// It can't be determined.
    Unknown,
}

/// Resolves `path` in the store at `dir`. Stops where it leaves the store, as the rest differs from host to host.
pub fn resolve(files: &dyn StoreFiles, dir: &StoreDir, path: &str) -> Result<Resolved> {
    let mut walk = Walk::new(path);
    while let Some(here) = walk.step() {
        // Skip the directory of the store and its parents.
        if below(dir.as_str(), &here).is_some() {
            continue;
        }
        if dir.owner(&here).is_none() {
            return Ok(Resolved::Out);
        }
        match files.entry(&here, None)? {
            None => return Ok(Resolved::Unknown),
            Some(Entry::Missing) => return Ok(Resolved::Missing),
            Some(Entry::File { .. }) if walk.goes_on() => return Ok(Resolved::Missing),
            Some(Entry::Directory | Entry::File { .. } | Entry::Other) => {}
            Some(Entry::Symlink(target)) => {
                if !walk.follow(&target) {
                    return Ok(Resolved::Missing);
                }
            }
        }
    }
    let end = walk.here();
    Ok(match dir.owner(&end) {
        Some(_) => Resolved::Within(end),
        None => Resolved::Out,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::store::{LocalFiles, NoFiles};

    #[test]
    fn links_are_followed_within_the_store_only() -> Result<()> {
        let a = format!("/nix/store/{}-a", "0".repeat(32));
        let b = format!("/nix/store/{}-b", "1".repeat(32));
        let root = tempfile::tempdir()?;
        let on_disk = |path: &str| root.path().join(&path[1..]);
        fs::create_dir_all(on_disk(&a).join("bin"))?;
        fs::create_dir_all(on_disk(&b).join("bin"))?;
        fs::write(on_disk(&b).join("bin/sh"), "")?;
        symlink(format!("{b}/bin/sh"), on_disk(&a).join("bin/sh"))?;
        symlink(
            format!("../../{}-b/bin/./sh", "1".repeat(32)),
            on_disk(&a).join("bin/relative"),
        )?;
        symlink("round", on_disk(&a).join("round"))?;
        symlink("/nowhere", on_disk(&a).join("out"))?;
        symlink("lost", on_disk(&a).join("dangling"))?;

        let dir = StoreDir::parse("/nix/store")?;
        let files = LocalFiles::new(root.path(), &dir);
        let resolved = |path: &str| resolve(&files, &dir, &format!("{a}/{path}"));
        let sh = Resolved::Within(format!("{b}/bin/sh"));
        assert_eq!(resolved("bin/sh")?, sh);
        assert_eq!(resolved("bin/relative")?, sh);
        assert_eq!(resolved("round")?, Resolved::Missing);
        assert_eq!(resolved("dangling")?, Resolved::Missing);
        assert_eq!(resolved("bin/sh/x")?, Resolved::Missing);
        assert_eq!(resolved("bin/sh/..")?, Resolved::Missing);
        assert_eq!(resolved("out")?, Resolved::Out);
        assert_eq!(resolve(&NoFiles, &dir, &a)?, Resolved::Unknown);
        Ok(())
    }
}
