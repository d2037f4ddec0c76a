//! The files of a bundle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;

use super::{BUNDLE_FILE, Digest};
use crate::document::{self, Kind};
use crate::store::StoreDir;

/// The names of the files that a `bundle.json` lists, read without the rest, which can be large.
#[derive(Deserialize)]
pub struct Inventory {
    closures: BTreeMap<String, Closure>,
    services: BTreeMap<String, Service>,
    view: Option<View>,
    // Distinguishes a bundle from another file of that name.
    #[serde(rename = "seal")]
    _seal: Digest,
    #[serde(rename = "storeDir")]
    _store_dir: StoreDir,
}

#[derive(Deserialize)]
struct Closure {
    /// Its own view, before version 3.
    view: Option<View>,
}

#[derive(Deserialize)]
struct View {
    files: Vec<File>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Service {
    drop_in: File,
}

#[derive(Deserialize)]
struct File {
    path: String,
}

impl Inventory {
    /// Reads the inventory of the bundle in `dir`; fails if there is none.
    pub fn read(dir: &Path) -> Result<Self> {
        let path = dir.join(BUNDLE_FILE);
        let context = || format!("cannot read {}", path.display());
        let json = document::open(&path).and_then(|file| file.stream(Kind::Bundle));
        serde_json::from_reader(BufReader::new(json.with_context(context)?)).with_context(context)
    }

    /// The paths in the bundle.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        let views = self
            .closures
            .values()
            .filter_map(|closure| closure.view.as_ref())
            .chain(&self.view);
        self.services
            .values()
            .map(|service| &service.drop_in)
            .chain(views.flat_map(|view| &view.files))
            .map(|file| file.path.as_str())
    }
}

/// Everything below `dir` except `bundle.json` and `files`, by its path in `dir`.
pub fn foreign_files<'a>(
    dir: &Path,
    files: impl Iterator<Item = &'a str>,
) -> Result<BTreeSet<PathBuf>> {
    let own: BTreeSet<PathBuf> = files.chain([BUNDLE_FILE]).map(PathBuf::from).collect();
    let directories: BTreeSet<PathBuf> = own
        .iter()
        .flat_map(|file| file.ancestors().skip(1).map(Path::to_owned))
        .collect();
    let mut foreign = BTreeSet::new();
    let mut todo = vec![PathBuf::new()];
    while let Some(below) = todo.pop() {
        let context = || format!("cannot list {}", dir.join(&below).display());
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
