//! The files of an installation.

use std::collections::BTreeMap;

use anyhow::{Result, bail, ensure};

use super::manifest::is_below;
use crate::source::Whole;

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
        let units = whole.unit_files()?;
        if let Some(place) = units.keys().find(|place| !is_below(place)) {
            bail!("a package ships {place:?}, which can't be installed: rename it");
        }
        let mut files = units.clone();
        for (path, content) in &whole.planned.files {
            let units = whole.planned.bundle.manager.units();
            let place = path.strip_prefix(units).unwrap_or(path);
            let place = place.trim_start_matches('/');
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
