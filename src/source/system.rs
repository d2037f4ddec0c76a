//! The closure of a NixOS system: its units, and the bundle that they link to.

use std::fs;
use std::path::{Path, PathBuf};

use crate::bundle::BUNDLE_FILE;
use crate::systemd::DROP_IN_NAME;

/// A built NixOS system, or a directory in its shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct System {
    /// The directory of its units.
    pub units: PathBuf,
    /// The bundle of its confined services.
    pub bundle: PathBuf,
}

impl System {
    /// The system at `target`. `None` if that is none, or if none of its services is confined by confinix.
    pub fn at(target: &Path) -> Option<Self> {
        let units = target.join("etc/systemd/system");
        let entries = fs::read_dir(&units).ok()?;
        let bundle = entries.flatten().find_map(|entry| {
            // NixOS links each drop-in to its file in the bundle's output, which has bundle.json.
            let drop_in = fs::canonicalize(entry.path().join(DROP_IN_NAME)).ok()?;
            let mut above = drop_in.ancestors();
            let bundle = above.find(|directory| directory.join(BUNDLE_FILE).is_file())?;
            Some(bundle.to_owned())
        })?;
        Some(Self { units, bundle })
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn the_bundle_is_where_drop_ins_lead() -> anyhow::Result<()> {
        let dir = tempfile::tempdir()?;
        let place = dir.path().canonicalize()?;
        let bundle = place.join("bundle");
        let in_bundle = bundle.join("lib/systemd/system/a.service.d");
        fs::create_dir_all(&in_bundle)?;
        fs::write(in_bundle.join(DROP_IN_NAME), "")?;
        let units = place.join("system/etc/systemd/system");
        fs::create_dir_all(units.join("a.service.d"))?;
        fs::write(units.join("a.service"), "")?;
        symlink(
            in_bundle.join(DROP_IN_NAME),
            units.join("a.service.d").join(DROP_IN_NAME),
        )?;
        assert_eq!(System::at(&place.join("system")), None);
        fs::write(bundle.join(BUNDLE_FILE), "")?;
        assert_eq!(
            System::at(&place.join("system")),
            Some(System { units, bundle })
        );
        assert_eq!(System::at(&place), None);
        Ok(())
    }
}
