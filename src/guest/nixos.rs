//! Makes the tree of a guest from a NixOS system, as its activation would.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use anyhow::{Context, Result};

use super::tree::SYSTEMD;
use super::users;

/// Directories of a NixOS, with their modes.
const DIRECTORIES: [(&str, u32); 10] = [
    ("bin", 0o755),
    ("etc", 0o755),
    ("home", 0o755),
    ("root", 0o700),
    ("run", 0o755),
    ("sbin", 0o755),
    ("tmp", 0o1777),
    ("usr/bin", 0o755),
    ("var/empty", 0o555),
    ("var/lib", 0o755),
];
/// Programs that NixOS has outside of the store, and where the system has them.
const PROGRAMS: [(&str, &str); 2] = [("bin/sh", "sw/bin/sh"), ("usr/bin/env", "sw/bin/env")];
/// With an id, systemd does not take this for a first boot, at which it would enable units.
const MACHINE_ID: &str = "c04f191200000000000000000000c1a0\n";

/// Gives the tree at `root` what a system has outside of the store. Its units are not among it.
pub(super) fn install(root: &Path, system: &Path, is_alone: bool) -> Result<()> {
    let context = || format!("cannot make a tree of {}", system.display());
    if is_alone {
        for (directory, mode) in DIRECTORIES {
            let place = root.join(directory);
            fs::create_dir_all(&place)
                .and_then(|()| fs::set_permissions(&place, Permissions::from_mode(mode)))
                .with_context(context)?;
        }
        symlink("../run", root.join("var/run")).with_context(context)?;
        for (name, program) in PROGRAMS {
            symlink(system.join(program), root.join(name)).with_context(context)?;
        }
        let etc = root.join("etc");
        symlink(system.join("etc"), etc.join("static")).with_context(context)?;
        link_etc(&system.join("etc"), Path::new("/etc/static"), &etc).with_context(context)?;
        users::install(&etc, system).with_context(context)?;
        for (name, text) in [("machine-id", MACHINE_ID), ("os-release", "ID=nixos\n")] {
            if fs::symlink_metadata(etc.join(name)).is_err() {
                fs::write(etc.join(name), text).with_context(context)?;
            }
        }
    }
    // systemd-nspawn looks for init there.
    let init = root.join("sbin/init");
    fs::create_dir_all(root.join("sbin"))
        .and_then(|()| symlink(system.join(SYSTEMD), init))
        .with_context(context)
}

/// Links the files of a system's /etc, as `setup-etc.pl` of NixOS does: a file with a mode beside it is a copy. `name`: where `from` is in
/// the guest.
fn link_etc(from: &Path, name: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let file = entry.file_name();
        let shown = file.to_string_lossy();
        let (place, name) = (to.join(&file), name.join(&file));
        let is_of_another = [".mode", ".uid", ".gid"].iter().any(|suffix| {
            let other = shown.strip_suffix(suffix);
            other.is_some_and(|other| fs::symlink_metadata(from.join(other)).is_ok())
        });
        // The guest gets units of its own.
        if is_of_another || name == Path::new("/etc/static/systemd/system") {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::create_dir_all(&place)?;
            link_etc(&entry.path(), &name, &place)?;
            continue;
        }
        let mode = fs::read_to_string(from.join(format!("{shown}.mode"))).ok();
        match mode.as_deref().map(str::trim) {
            None => symlink(&name, &place)?,
            Some("direct-symlink") => symlink(fs::read_link(entry.path())?, &place)?,
            Some(mode) => {
                let mode = u32::from_str_radix(mode, 8).unwrap_or(0o444);
                fs::copy(entry.path(), &place)
                    .and_then(|_| fs::set_permissions(&place, Permissions::from_mode(mode)))
                    .with_context(|| format!("cannot copy {}", entry.path().display()))?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_etc_are_links_or_copies_with_their_modes() -> Result<()> {
        let dir = tempfile::tempdir()?;
        let (from, to) = (dir.path().join("from"), dir.path().join("to"));
        fs::create_dir_all(from.join("ssl"))?;
        fs::create_dir_all(from.join("systemd/system"))?;
        fs::create_dir_all(&to)?;
        for (name, content) in [
            ("hosts", "h"),
            ("sudoers", "s"),
            ("sudoers.mode", "0440"),
            ("sudoers.uid", "+0"),
            ("lone.mode", "m"),
            ("zone.mode", "direct-symlink"),
            ("ssl/ca", "c"),
        ] {
            fs::write(from.join(name), content)?;
        }
        symlink("/elsewhere", from.join("zone"))?;
        link_etc(&from, Path::new("/etc/static"), &to)?;
        let link = |name: &str| fs::read_link(to.join(name)).ok();
        for (name, target) in [
            ("hosts", "/etc/static/hosts"),
            ("ssl/ca", "/etc/static/ssl/ca"),
            ("lone.mode", "/etc/static/lone.mode"),
            ("zone", "/elsewhere"),
        ] {
            assert_eq!(link(name).as_deref(), Some(Path::new(target)));
        }
        let mode = fs::symlink_metadata(to.join("sudoers"))?
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o440);
        let mut names: Vec<_> = fs::read_dir(&to)?
            .map(|entry| Ok(entry?.file_name()))
            .collect::<Result<_>>()?;
        names.sort();
        assert_eq!(
            names,
            ["hosts", "lone.mode", "ssl", "sudoers", "systemd", "zone"]
        );
        assert!(!to.join("systemd/system").exists());
        Ok(())
    }
}
