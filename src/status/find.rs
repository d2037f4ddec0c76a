//! The bundle of the running system.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::bundle::BUNDLE_FILE;
use crate::host::units::unit_path;
use crate::install::{self, Place};
use crate::service::Manager;
use crate::systemd::DROP_IN_NAME;

/// The bundle whose drop-ins are installed on this system, by `confinix install` or as links into it. Fails if there is none, if there are
/// several, or if the drop-ins are copies.
pub fn bundle_of_this_system() -> Result<PathBuf> {
    if let Some(generation) = install::current(&Place::at(Path::new("/"))) {
        return Ok(generation.join(install::BUNDLE));
    }
    let directories = unit_path(Manager::System)?;
    let mut bundles = BTreeSet::new();
    let mut copy = None;
    for directory in &directories {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let drop_in = entry.path().join(DROP_IN_NAME);
            let Ok(real) = fs::canonicalize(&drop_in) else {
                continue;
            };
            match bundle_of(&real) {
                Some(bundle) => {
                    bundles.insert(bundle);
                }
                None => copy = Some(drop_in),
            }
        }
    }
    let mut bundles = bundles.into_iter();
    match (bundles.next(), bundles.next(), copy) {
        (Some(bundle), None, _) => Ok(bundle),
        (Some(one), Some(other), _) => bail!(
            "drop-ins of several bundles are installed, among them {} and {}: name one of them",
            one.display(),
            other.display()
        ),
        (None, _, Some(copy)) => bail!(
            "{} is not a link into a bundle, so the bundle that it was copied from is not known: name it (confinix status BUNDLE)",
            copy.display()
        ),
        (None, _, None) => bail!(
            "no drop-in of confinix is installed here: name the bundle to compare with (confinix status BUNDLE)"
        ),
    }
}

/// The bundle that `confinix install --user` installed for the user's own manager, or root for all users. Fails if there is none.
pub fn bundle_of_users() -> Result<PathBuf> {
    let root = Path::new("/");
    let places = [Place::of_users(root)?, Place::of_all_users(root)];
    match places.iter().find_map(install::current) {
        Some(generation) => Ok(generation.join(install::BUNDLE)),
        None => bail!(
            "confinix has installed nothing for user managers here: name the bundle to compare with (confinix status BUNDLE)"
        ),
    }
}

/// The bundle that a drop-in is in, `lib/systemd/system/NAME.d/FILE`.
fn bundle_of(drop_in: &Path) -> Option<PathBuf> {
    let bundle = drop_in.ancestors().nth(5)?;
    bundle
        .join(BUNDLE_FILE)
        .is_file()
        .then(|| bundle.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drop_in_leads_to_its_bundle() -> Result<()> {
        let dir = tempfile::tempdir()?;
        let drop_in = dir
            .path()
            .join("lib/systemd/system/a.service.d/zz-confinement.conf");
        assert_eq!(bundle_of(&drop_in), None);
        fs::write(dir.path().join(BUNDLE_FILE), "")?;
        assert_eq!(bundle_of(&drop_in).as_deref(), Some(dir.path()));
        Ok(())
    }
}
