//! What a generation consists of.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::bundle::Digest;
use crate::document::{self, Kind, parse_json};
use crate::service::unique_keys;
use crate::store::{StoreDir, StorePath};

/// The name of the file in a generation.
pub const FILE: &str = "manifest.json";
/// The version that this release writes and reads.
const VERSION: u32 = 1;

/// The manifest of a generation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Manifest {
    /// The version of this model.
    pub version: u32,
    /// The target that it was made of, as the user named it.
    pub target: String,
    /// When it was made, in seconds since 1970.
    pub made: u64,
    /// The directory of the store.
    pub store_dir: StoreDir,
    /// The seal of the bundle.
    pub seal: Option<Digest>,
    /// The digest of each file, by its path in the directory of units.
    #[serde(deserialize_with = "unique_keys")]
    pub files: BTreeMap<String, Digest>,
    /// The directories in the directory of units that confinix has made.
    pub directories: BTreeSet<String>,
    /// The store paths that are kept from garbage collection.
    pub roots: BTreeSet<StorePath>,
}

impl Manifest {
    /// The manifest of what is made now.
    pub fn new(target: &str, store_dir: &StoreDir, made: u64) -> Self {
        Self {
            version: VERSION,
            target: target.to_owned(),
            made,
            store_dir: store_dir.clone(),
            seal: None,
            files: BTreeMap::new(),
            directories: BTreeSet::new(),
            roots: BTreeSet::new(),
        }
    }

    /// Reads the manifest in a generation.
    pub fn read(generation: &Path) -> Result<Self> {
        let path = generation.join(FILE);
        let context = || format!("cannot read {}", path.display());
        let text = document::read(&path, Kind::Manifest).with_context(context)?;
        let manifest: Self = parse_json(&text).with_context(context)?;
        manifest.check().with_context(context)?;
        Ok(manifest)
    }

    fn check(&self) -> Result<()> {
        ensure!(
            self.version == VERSION,
            "version {} is not supported, expected version {VERSION}: use the release of confinix that wrote it",
            self.version
        );
        for path in self.files.keys().chain(&self.directories) {
            ensure!(
                is_below(path),
                "{path:?} is not a path in a directory of units"
            );
        }
        Ok(())
    }

    /// Whether it installs the same as another, whenever and from what each was made.
    pub fn is_same(&self, other: &Self) -> bool {
        (&self.files, &self.roots, &self.seal) == (&other.files, &other.roots, &other.seal)
    }
}

/// Whether a path is that of a file or directory in a directory of units, which has directories of drop-ins and no deeper ones.
pub fn is_below(path: &str) -> bool {
    let mut parts = path.split('/');
    let is_name = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.len() <= 255
            && !part.contains(char::is_control)
    };
    parts.clone().count() <= 2 && parts.all(is_name)
}

/// The unit that a file in a directory of units belongs to.
pub fn unit_of(path: &str) -> &str {
    path.split_once(".d/").map_or(path, |(unit, _)| unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_in_the_directory() {
        for path in [
            "a.service",
            "a.service.d/zz-confinement.conf",
            "confinix-01.erofs",
        ] {
            assert!(is_below(path), "{path}");
        }
        for path in ["", "/a", "a/", "../a", "a/..", "a/b/c", ".a", "a\n"] {
            assert!(!is_below(path), "{path}");
        }
    }
}
