//! What has to be in the store for a bundle and its units to work.

use std::collections::BTreeSet;

use anyhow::Result;

use super::{Request, Whole};
use crate::nix::{self, Wanted};
use crate::progress::Progress;
use crate::store::StorePath;

impl Request {
    /// Builds or substitutes what the store lacks of a bundle and of its unit files. Returns the store paths that have to be kept from
    /// garbage collection.
    pub fn realise(&self, whole: &Whole, progress: &Progress) -> Result<BTreeSet<StorePath>> {
        let nix = self.nix(progress);
        let dir = &whole.planned.bundle.store_dir;
        let mut wanted = Wanted::default();
        for (name, service) in &whole.planned.bundle.services {
            for root in &service.roots {
                wanted.add(root.path.clone(), name, [root.path.to_string()]);
            }
        }
        for (path, (file, installables)) in whole.services.roots_of_units()? {
            wanted.add(path, file, installables);
        }
        for (name, files) in &whole.services.shipped {
            for file in files {
                let package = file.file.to_str().and_then(|file| dir.owner(file));
                if let Some(package) = package {
                    let itself = package.to_string();
                    wanted.add(package, name, [itself]);
                }
            }
        }
        let paths = wanted.paths();
        nix::ensure_valid(&nix, wanted, dir, self.no_build)?;
        Ok(paths)
    }
}
