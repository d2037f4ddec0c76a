//! The directory of a generation.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::apply::write_new;
use super::content::Content;
use super::files::{Found, look};
use super::manifest::{self, Manifest};
use crate::bundle::{self, Digest, Planned};
use crate::service::Manager;
use crate::text::Document;

/// The directory of the bundle in a generation.
pub const BUNDLE: &str = "bundle";
/// The directory of unit files that the bundle does not have.
const UNITS: &str = "units";

/// Writes a generation to `directory`, which does not exist yet.
pub fn write(
    directory: &Path,
    planned: &Planned,
    content: &Content,
    manifest: &Manifest,
) -> Result<()> {
    let context = || format!("cannot write {}", directory.display());
    fs::create_dir(directory).with_context(context)?;
    bundle::write(planned, &directory.join(BUNDLE))?;
    for (path, text) in &content.units {
        let file = directory.join(UNITS).join(path);
        fs::create_dir_all(file.parent().unwrap_or(directory)).with_context(context)?;
        write_new(&file, text).with_context(context)?;
    }
    let text = Document::json(manifest)?;
    write_new(&directory.join(manifest::FILE), text.as_str().as_bytes()).with_context(context)?;
    super::apply::flush(directory).with_context(context)
}

/// Reads the files of a generation, by their path in the directory of units. Fails if one is not as the manifest has it.
pub fn read(directory: &Path, manifest: &Manifest) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for (path, digest) in &manifest.files {
        let in_bundle = |manager: Manager| directory.join(BUNDLE).join(manager.units()).join(path);
        let places: [PathBuf; 3] = [
            directory.join(UNITS).join(path),
            in_bundle(Manager::System),
            in_bundle(Manager::User),
        ];
        let mut content = None;
        for place in &places {
            if let Found::File(found) = look(place)? {
                content = Some(found);
                break;
            }
        }
        match content {
            Some(content) if Digest::of(&content) == *digest => {
                files.insert(path.clone(), content);
            }
            _ => bail!(
                "{} is damaged: its {path} is missing or was changed; install the target again",
                directory.display()
            ),
        }
    }
    Ok(files)
}
