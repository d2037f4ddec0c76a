//! Whether a bundle is what it was when it was written.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use super::inventory::foreign_files;
use super::{BUNDLE_FILE, Bundle, Digest, VERSION, seal};
use crate::document::{self, Document, Kind, Unread, read_json};

/// A way in which a bundle is not what it was.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// `bundle.json` was changed: its seal is another.
    Seal,
    /// A file was changed.
    Changed(String),
    /// A file is gone.
    Missing(String),
    /// Something else stands where a file was.
    NoFile(String),
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
            Self::NoFile(path) => write!(f, "{path}: not a regular file"),
            Self::Foreign(path) => write!(f, "{path}: does not belong to the bundle"),
        }
    }
}

/// Whether the `bundle.json` in `dir`, which can't be read as a bundle, was one that was changed: JSON of this version with a seal that
/// is broken.
pub fn was_changed(dir: &Path) -> bool {
    let input = document::open(&dir.join(BUNDLE_FILE)).and_then(|file| file.stream(Kind::Bundle));
    let Some(Value::Object(mut content)) = input.ok().and_then(|input| read_json(input).ok())
    else {
        return false;
    };
    let stored = content.remove("seal");
    let is_ours = content.get("version") == Some(&Value::from(VERSION));
    let now = Digest::of(Value::Object(content).to_string().as_bytes());
    let stored = stored.as_ref().and_then(Value::as_str);
    is_ours && stored.is_some_and(|stored| stored != now.to_string())
}

/// The ways in which the files in `dir` are not what `bundle`, read from there, says; sorted.
pub fn verify(dir: &Path, bundle: &Bundle) -> Result<Vec<Difference>> {
    let mut differences = BTreeSet::new();
    if bundle.seal != Some(seal(bundle)?) {
        differences.insert(Difference::Seal);
    }
    if fs::symlink_metadata(dir.join(BUNDLE_FILE)).is_ok_and(|metadata| !metadata.is_file()) {
        differences.insert(Difference::NoFile(BUNDLE_FILE.to_owned()));
    }
    for file in bundle.files() {
        let path = dir.join(&file.path);
        match digest(&path) {
            Ok(digest) if digest == file.sha256 => {}
            Ok(_) => {
                differences.insert(Difference::Changed(file.path.clone()));
            }
            Err(Unread::NotRegular(_)) => {
                differences.insert(Difference::NoFile(file.path.clone()));
            }
            Err(error) if error.is_absent() => {
                differences.insert(Difference::Missing(file.path.clone()));
            }
            Err(error) => {
                return Err(error).with_context(|| format!("could not read {}", path.display()));
            }
        }
    }
    differences.extend(
        foreign_files(dir, bundle.files().map(|file| file.path.as_str()))?
            .into_iter()
            .map(|path| Difference::Foreign(printable(&path))),
    );
    Ok(differences.into_iter().collect())
}

/// Anyone can have named it, so that what would steer a terminal is escaped.
fn printable(path: &Path) -> String {
    let mut text = String::new();
    for c in path.display().to_string().chars() {
        if c.is_control() {
            text.extend(c.escape_default());
        } else {
            text.push(c);
        }
    }
    text
}

/// The digest of a file, which is no symlink.
fn digest(path: &Path) -> Result<Digest, Unread> {
    Ok(Digest::of_all(
        Document::open_itself(path)?.stream(Kind::BundleFile)?,
    )?)
}
