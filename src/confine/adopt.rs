//! Services whose module confines them by hand, with a root directory of their own into which the whole store is bound (tor,
//! transmission, navidrome in nixpkgs). They keep their root, in which the closure replaces the store.

use anyhow::{Result, bail, ensure};

use super::settings::mount_points;
use crate::service::{Settings, Strategy, UnitName};
use crate::store::StoreDir;
use crate::systemd::all_binds;

/// The settings in the drop-in of an adopted service: its own binds again, without those of the store. One empty assignment
/// resets `BindPaths=` and `BindReadOnlyPaths=` together (`config_parse_bind_paths`).
///
/// Fails if there is no root to keep, or if the store can't be removed from the unit's binds.
pub fn adopted(
    name: &UnitName,
    own: &Settings,
    dir: &StoreDir,
    strategy: Strategy,
) -> Result<Vec<(&'static str, String)>> {
    ensure!(
        own.value("RootDirectory").is_some(),
        "confinement.adopt has no effect on {name}, which sets no RootDirectory=: drop it"
    );
    let mut settings = Vec::new();
    // The service can write to the directory on which the store's bind was mounted, if it runs as root. A view covers that
    // directory, but on the host's root, where some commands of RootDirectoryStartOnly= run, it would hide the store.
    if own.boolean("RootDirectoryStartOnly")? != Some(true) {
        settings.extend(mount_points(dir, strategy)?);
    }
    settings.push(("BindReadOnlyPaths", String::new()));
    for (setting, bind) in all_binds(own) {
        if bind.source == dir.as_str() {
            continue;
        }
        if bind.shows(dir) {
            bail!(
                "{name} binds {} by {setting}={}, and {} with it: confinement.adopt can only replace a bind of {} itself; name what the service needs of {} instead",
                bind.source,
                bind.word,
                dir.as_str(),
                dir.as_str(),
                bind.source
            );
        }
        settings.push((setting.name(), bind.word));
    }
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::confine::settings::tests::lines;

    fn rendered(own: &[(&str, &str)]) -> Result<Vec<String>> {
        let settings = own.iter().copied().collect();
        let dir = StoreDir::parse("/nix/store")?;
        let name = UnitName::parse("tor.service")?;
        adopted(&name, &settings, &dir, Strategy::Bind).map(lines)
    }

    #[test]
    fn the_own_binds_stay_and_the_store_goes() -> Result<()> {
        assert_eq!(
            rendered(&[
                ("RootDirectory", "/run/tor/root"),
                ("BindReadOnlyPaths", "/nix/store -/etc \"/a b\":/c"),
                ("BindReadOnlyPaths", "-/nix/store/:/mnt"),
                ("BindPaths", "/var/lib/tor"),
            ])?,
            [
                "TemporaryFileSystem=/nix/store:ro",
                "BindReadOnlyPaths=",
                "BindPaths=/var/lib/tor",
                "BindReadOnlyPaths=-/etc",
                "BindReadOnlyPaths=\"/a b\":/c",
            ]
        );
        Ok(())
    }

    #[test]
    fn what_can_t_be_adopted_is_refused() {
        let root = ("RootDirectory", "/srv");
        for own in [
            &[("BindPaths", "/nix/store")][..],
            &[root, ("BindPaths", "/")],
            &[root, ("BindReadOnlyPaths", "-/nix:/host")],
        ] {
            assert!(rendered(own).is_err(), "{own:?} was accepted");
        }
    }
}
