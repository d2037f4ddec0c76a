//! The unit files of a plain set, with those of its packages.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use super::Whole;
use crate::document::{self, Kind};

/// What systemd reads of a service's own settings beside the unit of a package, as on NixOS.
const OVERRIDES: &str = "overrides.conf";

impl Whole {
    /// The unit files that NixOS would write of a plain set, by their path in a directory of units; none of anything else. Where a package
    /// ships the unit of a service, the service's own settings are a drop-in.
    pub fn unit_files(&self) -> Result<BTreeMap<String, Vec<u8>>> {
        let mut files = BTreeMap::new();
        if self.services.units.is_empty() {
            return Ok(files);
        }
        for shipped in self.services.shipped.values().flatten() {
            let content = document::read(&shipped.file, Kind::Unit)
                .with_context(|| format!("cannot read {}", shipped.file.display()))?;
            files.insert(shipped.place.clone(), content);
        }
        for (path, text) in &self.services.units {
            let place = if files.contains_key(path.as_str()) {
                format!("{}.d/{OVERRIDES}", path.unit())
            } else {
                path.to_string()
            };
            files.insert(place, text.text.clone().into_bytes());
        }
        Ok(files)
    }
}
