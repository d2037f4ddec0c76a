//! Reading a bundle back.

use std::io::Read;
use std::path::{Component, Path};

use anyhow::{Context, Result, bail};

use super::model::VERSION;
use super::{Bundle, BundleService, seal};
use crate::document::{self, Kind, read_json};
use crate::service::{Settings, UnitName};

/// The name of the file that makes a directory a bundle.
pub const BUNDLE_FILE: &str = "bundle.json";

/// Reads the bundle in `dir`. Its seal is not checked; [`super::verify`] does that.
pub fn read(dir: &Path) -> Result<Bundle> {
    let path = dir.join(BUNDLE_FILE);
    let context = || format!("could not read {}", path.display());
    let input = match document::open(&path).and_then(|file| file.stream(Kind::Bundle)) {
        Ok(input) => input,
        Err(error) if error.is_absent() => {
            bail!(
                "{} is not a bundle: there is no {BUNDLE_FILE} in it (`confinix bundle -o DIR` makes one)",
                dir.display()
            )
        }
        Err(error) => return Err(error).with_context(context),
    };
    parse(input).with_context(context)
}

/// Reads the text of a `bundle.json`.
pub fn parse(input: impl Read) -> Result<Bundle> {
    let bundle: Bundle = read_json(input).context(
        "it is not a bundle of this version of confinix (`confinix bundle -o DIR` makes one)",
    )?;
    if bundle.version != VERSION {
        bail!(
            "it has version {}, and this confinix reads version {VERSION}: make the bundle again",
            bundle.version
        );
    }
    check(&bundle).context("it contradicts itself (make the bundle again)")?;
    Ok(bundle)
}

/// Reads the bundle in `dir`, and fails where its seal is broken: what it says would be no reason to trust a service.
pub fn read_sealed(dir: &Path) -> Result<Bundle> {
    let bundle = read(dir)?;
    if bundle.seal != Some(seal(&bundle)?) {
        bail!(
            "could not trust {}: the seal of {BUNDLE_FILE} is broken, it was changed after it was written (`confinix verify --offline {}` says more; make the bundle again)",
            dir.display(),
            dir.display()
        );
    }
    Ok(bundle)
}

/// What is shown on a terminal must not steer it.
fn refuse_control_characters(name: &UnitName, service: &BundleService) -> Result<()> {
    let settings = [&service.confinement, &service.exec, &service.settings];
    let mut texts = settings
        .into_iter()
        .flat_map(Settings::iter)
        .flat_map(|(setting, values)| values.iter().map(String::as_str).chain([setting]))
        .chain(service.presets.iter().map(String::as_str))
        .chain(service.bin_sh.as_deref())
        .chain([service.strategy_reason.as_str()]);
    let is_refused = |c: char| c.is_control() && c != '\t' && c != '\n';
    if let Some(text) = texts.find(|text| text.chars().any(is_refused)) {
        bail!("{name}: {text:?} holds a control character");
    }
    Ok(())
}

/// What the types don't say: every name that stands for something else leads somewhere.
fn check(bundle: &Bundle) -> Result<()> {
    for (name, service) in &bundle.services {
        if !bundle.closures.contains_key(&service.closure) {
            bail!(
                "{name} has the closure {}, which is not there",
                service.closure
            );
        }
        let expected = crate::unit::drop_in_path(name);
        if service.drop_in.path != expected {
            bail!(
                "{name} has its drop-in at {:?}, not at {expected:?}",
                service.drop_in.path
            );
        }
    }
    for (name, service) in &bundle.services {
        refuse_control_characters(name, service)?;
    }
    for file in bundle.files() {
        let is_below = Path::new(&file.path)
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        if !is_below {
            bail!("it lists the file {:?}, which is not in it", file.path);
        }
    }
    for (id, closure) in &bundle.closures {
        if !closure.paths.is_sorted_by(|a, b| a < b) {
            bail!("the paths of the closure {id} are not sorted");
        }
        let mut sum = 0u64;
        for path in &closure.paths {
            let Some(info) = bundle.paths.get(path) else {
                bail!("a closure holds {path}, of which nothing is known");
            };
            sum = sum.saturating_add(info.nar_size);
        }
        if sum != closure.nar_size {
            bail!(
                "the closure {id} has {} bytes, but the sizes of its paths add up to {sum}",
                closure.nar_size
            );
        }
    }
    let all = bundle.paths.values().map(|path| path.nar_size);
    if all.fold(0, u64::saturating_add) > crate::store::MAX_NAR_SIZE {
        bail!("the NAR sizes of its paths are out of range");
    }
    Ok(())
}
