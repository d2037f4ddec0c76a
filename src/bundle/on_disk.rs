//! Compares the files of a bundle on disk with those that its data implies.

use std::collections::BTreeSet;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::difference::{Difference, Mismatch, printable_path};
use super::{BUNDLE_FILE, Digest};
use crate::document::{Document, Kind, Unread};
use crate::store::StoreDir;

/// How the file at `path` in the bundle in `dir` differs from `content`, if it does. `listed` is its digest in `bundle.json`,
/// if that lists the file.
pub fn compare(
    dir: &Path,
    path: &str,
    content: &[u8],
    listed: Option<&Digest>,
) -> Result<Option<Difference>> {
    let place = dir.join(path);
    let context = || format!("cannot read {}", place.display());
    let file = match Document::open_itself(&place) {
        Ok(file) => file,
        Err(error) if error.is_absent() => {
            return Ok(Some(Difference::Missing(path.to_owned())));
        }
        Err(Unread::NotRegular(_)) => return Ok(Some(Difference::NoFile(path.to_owned()))),
        Err(error) => return Err(error).with_context(context),
    };
    let (expected, found) = (content.len() as u64, file.size());
    if is_far_from(expected, found) {
        let mismatch = Mismatch::Size { expected, found };
        return Ok(Some(Difference::Changed(path.to_owned(), mismatch)));
    }
    let found = file.whole(Kind::BundleFile).with_context(context)?;
    let Some(mismatch) = Mismatch::between(content, &found) else {
        return Ok(None);
    };
    let path = path.to_owned();
    Ok(Some(if Some(&Digest::of(&found)) == listed {
        Difference::Rewritten(path, mismatch)
    } else {
        Difference::Changed(path, mismatch)
    }))
}

/// Whether a file is too large to be worth reading.
fn is_far_from(expected: u64, found: u64) -> bool {
    found > expected.saturating_mul(2).max(1 << 20)
}

/// Other problems of the bundle in `dir`, whose files are `files`: extra files, and permissions. In the store, Nix controls
/// these, and hard-links equal files.
pub fn surroundings<'a>(
    dir: &Path,
    files: impl Iterator<Item = &'a str>,
    store: &StoreDir,
) -> Result<BTreeSet<Difference>> {
    let own: BTreeSet<PathBuf> = files.chain([BUNDLE_FILE]).map(PathBuf::from).collect();
    let directories: BTreeSet<PathBuf> = own
        .iter()
        .flat_map(|file| file.ancestors().skip(1).map(Path::to_owned))
        .collect();
    let context = |below: &Path| format!("cannot access {}", dir.join(below).display());
    let top = fs::metadata(dir).with_context(|| context(Path::new("")))?;
    let is_stored = fs::canonicalize(dir)
        .with_context(|| context(Path::new("")))?
        .starts_with(store.as_str());
    let open = |path: &Path, metadata: &Metadata| {
        let problem = openness(metadata, &top, is_stored)?;
        let name = match printable_path(path) {
            name if name.is_empty() => ".".to_owned(),
            name => name,
        };
        Some(Difference::Open(name, problem))
    };
    let mut differences: BTreeSet<_> = open(Path::new(""), &top).into_iter().collect();
    let mut todo = vec![PathBuf::new()];
    while let Some(below) = todo.pop() {
        for entry in fs::read_dir(dir.join(&below)).with_context(|| context(&below))? {
            let entry = entry.with_context(|| context(&below))?;
            let path = below.join(entry.file_name());
            let metadata = entry.metadata().with_context(|| context(&path))?;
            let is_own = if metadata.is_dir() {
                directories.contains(&path)
            } else {
                own.contains(&path)
            };
            if !is_own {
                differences.insert(Difference::Foreign(printable_path(&path)));
                continue;
            }
            differences.extend(open(&path, &metadata));
            if metadata.is_dir() {
                todo.push(path);
            }
        }
    }
    Ok(differences)
}

const SET_USER: u32 = 0o4000;
const SET_GROUP: u32 = 0o2000;
const GROUP_WRITES: u32 = 0o020;
const OTHERS_WRITE: u32 = 0o002;

/// Who, besides the owner of the bundle, can change a file or directory of it.
fn openness(metadata: &Metadata, top: &Metadata, is_stored: bool) -> Option<String> {
    let mode = metadata.mode();
    // Symlinks have no permissions, and other types are reported as such.
    if !metadata.is_dir() && !metadata.is_file() {
        return None;
    }
    // A directory inherits the set-group-ID bit from its parent.
    let set_id = if metadata.is_dir() {
        SET_USER
    } else {
        SET_USER | SET_GROUP
    };
    if mode & set_id != 0 {
        return Some(format!("set-id (mode {:04o})", mode & 0o7777));
    }
    for (bit, whom) in [(OTHERS_WRITE, "everyone"), (GROUP_WRITES, "its group")] {
        if mode & bit != 0 {
            return Some(format!(
                "writable by {whom} (mode {:04o}; fix it with chmod -R go-w)",
                mode & 0o7777
            ));
        }
    }
    if metadata.uid() != top.uid() && metadata.uid() != 0 {
        return Some(format!(
            "it belongs to user {}, the bundle to user {}",
            metadata.uid(),
            top.uid()
        ));
    }
    if metadata.is_file() && metadata.nlink() > 1 && !is_stored {
        return Some(format!(
            "it has {} hard links, and can be changed through another name (make the bundle again)",
            metadata.nlink()
        ));
    }
    None
}
