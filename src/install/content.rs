//! The files of an installation.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};

use super::manifest::is_below;
use crate::document::{self, Kind};
use crate::source::Whole;

/// Where a bundle has what belongs into a directory of units.
pub const IN_BUNDLE: &str = "lib/systemd/system/";
/// What systemd reads of a service's own settings beside the unit of a package, as on NixOS.
const OVERRIDES: &str = "overrides.conf";

/// The files that are put into the directory of units, by their path there.
#[derive(Clone, Debug, Default)]
pub struct Content {
    /// All of them.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Those that the bundle does not have.
    pub units: BTreeMap<String, Vec<u8>>,
}

impl Content {
    /// The drop-ins and view units of a bundle, and the unit files of its services if the target has them.
    pub fn of(whole: &Whole) -> Result<Self> {
        let units = units(whole)?;
        let mut files = units.clone();
        for (path, content) in &whole.planned.files {
            let place = path.strip_prefix(IN_BUNDLE).unwrap_or(path);
            ensure!(
                is_below(place),
                "the bundle has {path:?}, which can't be installed as a unit"
            );
            if files.insert(place.to_owned(), content.clone()).is_some() {
                bail!(
                    "the services have a unit file {place}, a name that confinement needs: rename it"
                );
            }
        }
        Ok(Self { files, units })
    }
}

/// The unit files of services. Where a package ships the unit of a service, the service's own settings are a drop-in.
fn units(whole: &Whole) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut units = BTreeMap::new();
    if whole.services.units.is_empty() {
        return Ok(units);
    }
    for (name, files) in &whole.services.shipped {
        for shipped in files {
            ensure!(
                is_below(&shipped.place),
                "a package ships {} for {name}, which can't be installed: its name is not that of a unit file",
                shipped.file.display()
            );
            let content = document::read(&shipped.file, Kind::Unit)
                .with_context(|| format!("cannot read {}", shipped.file.display()))?;
            units.insert(shipped.place.clone(), content);
        }
    }
    for (path, text) in &whole.services.units {
        let place = if units.contains_key(path.as_str()) {
            format!("{}.d/{OVERRIDES}", path.unit())
        } else {
            path.to_string()
        };
        units.insert(place, text.text.clone().into_bytes());
    }
    Ok(units)
}
