//! Where services have their roots.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::service::{Manager, UnitName};

/// Where a service has its root, and the `RuntimeDirectory=` that makes the directory for it.
pub(super) struct Place {
    /// The root.
    pub root: String,
    /// The directory that `RuntimeDirectory=` makes, below that of the manager.
    pub made: String,
}

impl Place {
    /// nixpkgs' way of making names safe maps different units to the same root. For a name with a colon, or of an instance,
    /// systemd expands `%n`. That fails for names with a backslash on systemd 255 to 261 (systemd issue 41853), so such a name
    /// is changed here, and a digest keeps it unique.
    ///
    /// For a template, only `%I` names an instance without backslashes, but it replaces `-` by `/`: it would not always be a
    /// valid path, and the root of one instance could be in that of another. So its instances share one root, which none of
    /// them removes when it stops (nixpkgs issue 464323): systemd removes the directory below it.
    pub fn of(name: &UnitName, manager: Manager) -> Self {
        let runtime = manager.runtime();
        let stem = name.stem();
        if name.is_template() {
            let prefix = stem.trim_end_matches('@');
            let root = if prefix.contains([':', '\\']) {
                told_apart(stem)
            } else {
                stem.to_owned()
            };
            return Self {
                made: format!("confinement/{root}/%I"),
                root: format!("{runtime}/confinement/{root}"),
            };
        }
        let root = if stem.contains('\\') {
            told_apart(stem)
        } else if stem.contains(['@', ':']) {
            "%n".to_owned()
        } else {
            stem.to_owned()
        };
        Self {
            made: format!("confinement/{root}"),
            root: format!("{runtime}/confinement/{root}"),
        }
    }
}

fn told_apart(stem: &str) -> String {
    let safe = stem.replace(['@', ':', '\\'], "-");
    let digest = HEXLOWER.encode(&Sha256::digest(stem)[..4]);
    format!("{safe}-{digest}")
}

/// Whether this is the root directory that nixpkgs' module gives a service: in a configuration that still uses that module, its
/// settings look like the unit's own. From 26.11 on it is `%n` for every service; before, it is derived from the name.
pub(super) fn is_of_nixpkgs(name: &UnitName, root: &str) -> bool {
    root.strip_prefix("/run/confinement/")
        .is_some_and(|root| root == "%n" || root == name.stem().replace(['@', ':', '\\'], "-"))
}

#[cfg(test)]
mod tests {
    use anyhow::Result;

    use super::*;

    #[test]
    fn a_backslash_does_not_reach_the_root() -> Result<()> {
        let root = |name: &str| {
            Ok::<_, anyhow::Error>(Place::of(&UnitName::parse(name)?, Manager::System).root)
        };
        assert_eq!(root(r"a\x2db.service")?, "/run/confinement/a-x2db-b472ac15");
        assert_ne!(root(r"a\x2db.service")?, root(r"a\x2db\.service")?);
        for name in [r"t@a\x20b.service", r"a\x2db@.service"] {
            assert!(!root(name)?.contains('\\'), "{name}");
        }
        Ok(())
    }
}
