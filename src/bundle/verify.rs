//! Whether a bundle is what it was when it was written.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{BUNDLE_FILE, Bundle, Digest, seal};

/// A way in which a bundle is not what it was.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// `bundle.json` was changed: its seal is another.
    Seal,
    /// A drop-in was changed.
    Changed(String),
    /// A drop-in is gone.
    Missing(String),
    /// There is a file that does not belong to the bundle.
    Foreign(String),
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seal => write!(
                f,
                "{BUNDLE_FILE}: the seal is broken: it was changed after it was written"
            ),
            Self::Changed(path) => write!(f, "{path}: changed after it was written"),
            Self::Missing(path) => write!(f, "{path}: missing"),
            Self::Foreign(path) => write!(f, "{path}: does not belong to the bundle"),
        }
    }
}

/// The ways in which the files in `dir` are not what `bundle`, read from there, says; sorted.
pub fn verify(dir: &Path, mut bundle: Bundle) -> Result<Vec<Difference>> {
    let mut differences = BTreeSet::new();
    let stored = bundle.seal.take();
    if stored != Some(seal(&bundle)?) {
        differences.insert(Difference::Seal);
    }
    for service in bundle.services.values() {
        let path = dir.join(&service.drop_in.path);
        match fs::read(&path) {
            Ok(content) if Digest::of(&content) == service.drop_in.sha256 => {}
            Ok(_) => {
                differences.insert(Difference::Changed(service.drop_in.path.clone()));
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                differences.insert(Difference::Missing(service.drop_in.path.clone()));
            }
            Err(error) => {
                return Err(error).with_context(|| format!("could not read {}", path.display()));
            }
        }
    }
    differences.extend(
        foreign_files(dir, &bundle)?
            .into_iter()
            .map(|path| Difference::Foreign(path.display().to_string())),
    );
    Ok(differences.into_iter().collect())
}

/// The files below `dir` that `bundle` did not put there, by their path in it.
pub(super) fn foreign_files(dir: &Path, bundle: &Bundle) -> Result<BTreeSet<PathBuf>> {
    let mut own: BTreeSet<PathBuf> = bundle
        .services
        .values()
        .map(|service| PathBuf::from(&service.drop_in.path))
        .collect();
    own.insert(BUNDLE_FILE.into());
    let directories: BTreeSet<PathBuf> = own
        .iter()
        .flat_map(|file| file.ancestors().skip(1).map(Path::to_owned))
        .collect();
    let mut foreign = BTreeSet::new();
    let mut todo = vec![PathBuf::new()];
    while let Some(below) = todo.pop() {
        let context = || format!("could not list {}", dir.join(&below).display());
        for entry in fs::read_dir(dir.join(&below)).with_context(context)? {
            let entry = entry.with_context(context)?;
            let path = below.join(entry.file_name());
            let is_directory = entry.file_type().with_context(context)?.is_dir();
            if is_directory && directories.contains(&path) {
                todo.push(path);
            } else if is_directory || !own.contains(&path) {
                foreign.insert(path);
            }
        }
    }
    Ok(foreign)
}
