//! Keeps store paths from garbage collection: links below Nix's `gcroots`, a directory for each generation.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::{Place, apply};
use crate::document::is_absent;
use crate::store::{StoreDir, StorePath};

/// Where the store paths of generations are kept from garbage collection.
pub struct Keeper {
    directory: PathBuf,
}

impl Keeper {
    /// The keeper for a store. Fails if Nix has no directory of roots there.
    pub fn of(place: &Place, store: &StoreDir) -> Result<Self> {
        let directory = place.collector_roots(store)?;
        place.refuse_outside(&directory)?;
        Ok(Self { directory })
    }

    fn of_generation(&self, number: u64) -> PathBuf {
        self.directory.join(number.to_string())
    }

    /// Keeps store paths for a generation, if they are not kept already.
    pub fn keep(&self, number: u64, paths: &BTreeSet<StorePath>) -> Result<()> {
        let directory = self.of_generation(number);
        let write = || {
            fs::create_dir_all(&directory)?;
            for path in paths {
                let link = directory.join(path.base());
                match symlink(path.as_str(), link) {
                    Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
                    _ => {}
                }
            }
            apply::flush(&directory)
        };
        write().map_err(|error| {
            apply::explained(
                error,
                &format!(
                    "cannot keep store paths from garbage collection in {}",
                    directory.display()
                ),
            )
        })
    }

    /// Lets go of the store paths of generations that `keeps` does not name.
    pub fn keep_only(&self, keeps: &[u64]) -> Result<()> {
        let context = || format!("cannot clear {}", self.directory.display());
        let entries = match fs::read_dir(&self.directory) {
            Ok(entries) => entries,
            Err(error) if is_absent(&error) => return Ok(()),
            Err(error) => return Err(error).with_context(context),
        };
        for entry in entries {
            let name = entry.with_context(context)?.file_name();
            let number = name.to_str().and_then(|name| name.parse().ok());
            if let Some(number) = number.filter(|number| !keeps.contains(number)) {
                remove(&self.of_generation(number)).with_context(context)?;
            }
        }
        if keeps.is_empty() {
            // Someone else may have put something there.
            let _ = fs::remove_dir(&self.directory);
        }
        Ok(())
    }
}

fn remove(directory: &std::path::Path) -> io::Result<()> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
