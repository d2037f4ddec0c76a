//! Reading a bundle back.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Bundle;
use super::model::VERSION;
use super::no_bundle::{no_bundle, unreadable};
use super::verify::{check, refuse};
use crate::service::read_json;

/// The name of the file that makes a directory a bundle.
pub const BUNDLE_FILE: &str = "bundle.json";

/// Reads the bundle in `dir`, and fails where `bundle.json` is not what confinix writes: where its seal is broken, or where it says
/// other than its own data implies. The files beside it are not looked at; [`super::read_verified`] does that.
pub fn read_sealed(dir: &Path) -> Result<Bundle> {
    let bundle = read_unchecked(dir)?;
    refuse(dir, &check(&bundle)?)?;
    Ok(bundle)
}

/// Reads the bundle in `dir`, as far as its types go.
pub fn read_unchecked(dir: &Path) -> Result<Bundle> {
    let path = dir.join(BUNDLE_FILE);
    refuse_what_is_no_file(&path)?;
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            bail!(no_bundle(dir))
        }
        Err(error) => {
            return Err(error).with_context(|| format!("could not read {}", path.display()));
        }
    };
    parse(file).with_context(|| format!("could not read {}", path.display()))
}

/// Reads a `bundle.json` from anywhere, and fails where it is not what confinix writes.
pub fn read_json_of_bundle(json: &[u8]) -> Result<Bundle> {
    let bundle = parse(json)?;
    if let Some(difference) = check(&bundle)?.first() {
        bail!("it is not what confinix writes (make the bundle again): {difference}");
    }
    Ok(bundle)
}

/// Whether this is the text of a `bundle.json`, be it right or wrong.
pub fn is_bundle(json: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Keys {
        seal: Option<IgnoredAny>,
        services: Option<IgnoredAny>,
        closures: Option<IgnoredAny>,
    }
    let is_object = json.trim_ascii_start().starts_with(b"{");
    is_object
        && serde_json::from_slice::<Keys>(json).is_ok_and(|keys| {
            keys.seal.is_some() || keys.services.is_some() || keys.closures.is_some()
        })
}

fn parse(json: impl Read) -> Result<Bundle> {
    #[derive(Deserialize)]
    struct Version {
        version: u32,
        #[serde(rename = "seal")]
        _seal: IgnoredAny,
    }
    let mut text = Vec::new();
    let mut json = json;
    json.read_to_end(&mut text)?;
    let bundle: Result<Bundle> = read_json(&text[..]);
    let version = match &bundle {
        Ok(bundle) => Some(bundle.version),
        // Another version may have other keys.
        Err(_) => serde_json::from_slice::<Version>(&text)
            .ok()
            .map(|read| read.version),
    };
    if let Some(version) = version.filter(|version| *version != VERSION) {
        bail!(
            "it has version {version}, and this confinix reads version {VERSION}: make the bundle again with `confinix bundle`"
        );
    }
    bundle.map_err(|error| {
        let why = unreadable(&error);
        error.context(why)
    })
}

/// To open a pipe would be to wait for its writer.
pub(super) fn refuse_what_is_no_file(path: &Path) -> Result<()> {
    if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        bail!(
            "could not read {}: it is not a regular file",
            path.display()
        );
    }
    Ok(())
}
