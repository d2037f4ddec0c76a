//! Reads a bundle back and checks its types.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::model::VERSION;
use super::no_bundle::{no_bundle, unreadable};
use super::{Bundle, BundleFile, Planned};
use crate::document::{self, Kind, json_text, parse_json};

/// The name of the file that makes a directory a bundle.
pub const BUNDLE_FILE: &str = "bundle.json";

/// Reads the bundle in `dir` and checks its types.
pub fn read_unchecked(dir: &Path) -> Result<Bundle> {
    let path = dir.join(BUNDLE_FILE);
    let context = || format!("cannot read {}", path.display());
    let json = match document::open(&path).and_then(|file| file.stream(Kind::Bundle)) {
        Ok(input) => json_text(input).with_context(context)?,
        Err(error) if error.is_absent() => bail!(no_bundle(dir)),
        Err(error) => return Err(error).with_context(context),
    };
    parse(&json).with_context(context)
}

/// Reads the other files of a bundle in `dir`, which must have been verified.
pub fn read_files(bundle: Bundle, dir: &Path) -> Result<Planned> {
    let file = |file: &BundleFile| {
        let path = dir.join(&file.path);
        let content = document::read(&path, Kind::BundleFile)
            .with_context(|| format!("cannot read {}", path.display()))?;
        Ok((file.path.clone(), content))
    };
    let files = bundle.files().map(file).collect::<Result<_>>()?;
    Ok(Planned {
        bundle,
        files,
        host: None,
        warnings: Vec::new(),
        beginning: None,
    })
}

/// Whether this is the text of a `bundle.json`, valid or not.
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

/// Reads the text of a `bundle.json` and checks its types.
pub fn parse(json: &[u8]) -> Result<Bundle> {
    #[derive(Deserialize)]
    struct Version {
        version: u32,
        #[serde(rename = "seal")]
        _seal: IgnoredAny,
    }
    let bundle: Result<Bundle> = parse_json(json);
    let version = match &bundle {
        Ok(bundle) => Some(bundle.version),
        // Another version may have other keys.
        Err(_) => serde_json::from_slice::<Version>(json)
            .ok()
            .map(|read| read.version),
    };
    if let Some(version) = version.filter(|version| *version != VERSION) {
        bail!(
            "version {version} is not supported, expected version {VERSION}: make the bundle again with `confinix bundle`"
        );
    }
    bundle.map_err(|error| {
        let why = unreadable(&error);
        error.context(why)
    })
}
