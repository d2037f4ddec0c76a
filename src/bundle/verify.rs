//! Whether a bundle, with its files, is what confinix writes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Mutex;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::difference::Difference;
use super::implied::contradictions;
use super::on_disk::{compare, surroundings};
use super::read::{parse, read_unchecked};
use super::{BUNDLE_FILE, Bundle, Digest, VERSION, seal};
use crate::document::{self, Kind, read_json};

/// Whether the unreadable `bundle.json` in `dir` is a damaged bundle: JSON of this version with a seal. `Some` if so, with
/// whether the seal is broken.
pub fn is_spoiled(dir: &Path) -> Option<bool> {
    let input = document::open(&dir.join(BUNDLE_FILE)).and_then(|file| file.stream(Kind::Bundle));
    let Some(Value::Object(mut content)) = input.ok().and_then(|input| read_json(input).ok())
    else {
        return None;
    };
    let stored = content.remove("seal")?;
    if content.get("version") != Some(&Value::from(VERSION)) {
        return None;
    }
    let now = Digest::of(Value::Object(content).to_string().as_bytes());
    Some(stored.as_str() != Some(&now.to_string()))
}

/// The differences between `bundle`, read from `dir`, with the files there, and what confinix writes for its data; sorted.
pub fn verify(dir: &Path, bundle: &Bundle) -> Result<Vec<Difference>> {
    let listed: BTreeMap<&str, &Digest> = bundle
        .files()
        .map(|file| (file.path.as_str(), &file.sha256))
        .collect();
    let files = Mutex::new(BTreeSet::new());
    let mut differences: BTreeSet<_> = contradictions(bundle, &|path, content, _| {
        if let Ok(mut files) = files.lock() {
            files.insert(path.to_owned());
        }
        compare(dir, path, content, listed.get(path).copied())
    })?
    .into_iter()
    .collect();
    if bundle.seal != Some(seal(bundle)?) {
        differences.insert(Difference::Seal);
    }
    let json = dir.join(BUNDLE_FILE);
    if !fs::symlink_metadata(&json).is_ok_and(|metadata| metadata.is_file()) {
        differences.insert(Difference::NoFile(BUNDLE_FILE.to_owned()));
    }
    let files = files.into_inner().unwrap_or_default();
    // Contradictory data implies no files.
    let files: BTreeSet<&str> = if files.is_empty() {
        listed.keys().copied().collect()
    } else {
        files.iter().map(String::as_str).collect()
    };
    differences.extend(surroundings(dir, files.into_iter(), &bundle.store_dir)?);
    Ok(differences.into_iter().collect())
}

/// Reads the bundle in `dir`, and fails if `bundle.json` is not what confinix writes: if its seal is broken, or if it differs
/// from what its own data implies. It does not check the other files; [`super::read_verified`] does.
pub fn read_sealed(dir: &Path) -> Result<Bundle> {
    let bundle = read_unchecked(dir)?;
    refuse(dir, &check(&bundle)?)?;
    Ok(bundle)
}

/// Reads a `bundle.json` from any place, and fails if it is not what confinix writes.
pub fn read_json_of_bundle(json: &[u8]) -> Result<Bundle> {
    let bundle = parse(json)?;
    if let Some(difference) = check(&bundle)?.first() {
        bail!("it is not what confinix writes (make the bundle again): {difference}");
    }
    Ok(bundle)
}

/// Reads the bundle in `dir`, and fails if it or one of its files is not what confinix writes.
pub fn read_verified(dir: &Path) -> Result<Bundle> {
    let bundle = read_unchecked(dir)?;
    refuse(dir, &verify(dir, &bundle)?)?;
    Ok(bundle)
}

/// Fails if there are differences: such a bundle is no basis for trusting a service.
pub fn refuse(dir: &Path, differences: &[Difference]) -> Result<()> {
    const TOLD: usize = 3;
    if differences.is_empty() {
        return Ok(());
    }
    if differences.contains(&Difference::Seal) {
        bail!(
            "cannot trust {}: the seal of {BUNDLE_FILE} does not match: the file was changed after confinix wrote it (run `confinix verify --offline {}` for details, or make the bundle again)",
            dir.display(),
            dir.display()
        );
    }
    let mut told: Vec<_> = differences
        .iter()
        .take(TOLD)
        .map(ToString::to_string)
        .collect();
    if differences.len() > TOLD {
        told.push(format!("{} more differences", differences.len() - TOLD));
    }
    bail!(
        "cannot trust {}: it is not what confinix writes (run `confinix verify --offline {}` for details, or make the bundle again): {}",
        dir.display(),
        dir.display(),
        told.join("; ")
    )
}

/// The differences between `bundle.json` alone and what confinix writes: its seal, and everything that its data implies.
pub fn check(bundle: &Bundle) -> Result<Vec<Difference>> {
    let (is_sealed, found) = rayon::join(
        || seal(bundle).map(|seal| bundle.seal == Some(seal)),
        || contradictions(bundle, &|_, _, _| Ok(None)),
    );
    let seal = (!is_sealed?).then_some(Difference::Seal);
    let found = found.context("cannot check the bundle")?;
    let mut differences: Vec<_> = seal.into_iter().chain(found).collect();
    differences.sort();
    Ok(differences)
}
