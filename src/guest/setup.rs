//! How a guest is set up.

use std::path::PathBuf;

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

/// How a guest is set up.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Setup {
    /// The name of its machine and of its control group.
    pub name: String,
    /// The tree that it boots on. Nothing of it is changed.
    pub root: PathBuf,
    /// The directory for its mounts; the guest's own directory.
    pub place: PathBuf,
    /// The directory whose files become its units.
    pub units: PathBuf,
    /// More of the host that it sees: a directory as a copy that it can change, a file read-only.
    pub with: Vec<PathBuf>,
    /// Whether it uses the network of the host.
    pub has_network: bool,
    /// The directory of the store.
    pub store: PathBuf,
}

impl Setup {
    /// Refuses paths that the options of a mount can't name.
    pub fn check(&self) -> Result<()> {
        for path in [&self.root, &self.store].into_iter().chain(&self.with) {
            let name = path.to_string_lossy();
            if name.contains([':', ',', '\\', '"']) || name.contains(char::is_control) {
                bail!(
                    "a guest can't show {}: its name contains a character with a meaning in mount options",
                    path.display()
                );
            }
        }
        Ok(())
    }
}
