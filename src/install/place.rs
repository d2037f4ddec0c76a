//! Where everything is.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::store::StoreDir;

/// The directory of the units of the system, below the root.
const UNITS: &str = "etc/systemd/system";
/// The directory of the generations, below the root.
const STATE: &str = "var/lib/confinix";

/// A tree that units are installed in: `/`, or that of another machine.
#[derive(Clone, Debug)]
pub struct Place {
    root: PathBuf,
}

impl Place {
    /// The tree at `root`.
    pub fn at(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    /// Whether it is the tree of the running system.
    pub fn is_this_machine(&self) -> bool {
        self.root == Path::new("/")
    }

    /// Its root directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where an absolute path is.
    pub fn at_path(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// Fails if links lead from this path in the tree out of it, to a directory of the running system.
    pub fn refuse_outside(&self, path: &Path) -> Result<()> {
        let real = |path: &Path| {
            fs::canonicalize(path).with_context(|| format!("cannot access {}", path.display()))
        };
        let Some(found) = path.ancestors().find(|path| path.exists()) else {
            return Ok(());
        };
        let (root, target) = (real(&self.root)?, real(found)?);
        ensure!(
            target.starts_with(&root),
            "{} leads out of {}, to {}: replace the link by a directory",
            found.display(),
            self.root.display(),
            target.display()
        );
        Ok(())
    }

    /// The directory that units are installed in.
    pub fn units(&self) -> PathBuf {
        self.root.join(UNITS)
    }

    /// The directory with everything that confinix knows about the installation.
    pub fn state(&self) -> PathBuf {
        self.root.join(STATE)
    }

    /// The directory of generations.
    pub fn generations(&self) -> PathBuf {
        self.state().join("generations")
    }

    /// The directory of one generation.
    pub fn generation(&self, number: u64) -> PathBuf {
        self.generations().join(number.to_string())
    }

    /// The directory with the garbage collector roots of Nix, whose store is in `store`.
    pub fn collector_roots(&self, store: &StoreDir) -> PathBuf {
        let nix = Path::new(store.as_str()).parent();
        let nix = nix.unwrap_or(Path::new("/")).to_string_lossy();
        self.at_path(&nix).join("var/nix/gcroots")
    }
}
