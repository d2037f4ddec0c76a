//! The settings that give a service its root.

use anyhow::Result;

use super::conflicts::refuse_conflicts;
use super::place::{Place, is_of_nixpkgs};
use crate::service::{Manager, Mode, Settings, Strategy, UnitName};
use crate::store::StoreDir;
use crate::systemd::{ExecDirectories, HIDDEN, asks_for_private_tmp, assignment, path_word};

/// The settings that nixpkgs' module switches on with mode `full-apivfs` and off with `chroot-only`, unless the unit has them.
const BY_MODE: [&str; 7] = [
    "MountAPIVFS",
    "PrivateDevices",
    "PrivateTmp",
    "PrivateUsers",
    "ProtectControlGroups",
    "ProtectKernelModules",
    "ProtectKernelTunables",
];

/// What confinement sets for a service, in the order of the drop-in; `own` is what the unit sets itself, which wins. The
/// settings are those of nixpkgs' module (`nixos/modules/security/systemd-confinement.nix`), except for `$RUNTIME_DIRECTORY`,
/// which would contain the service's own root, and for [`mount_points`].
///
/// Fails if the unit has settings that conflict with confinement.
pub fn settings(
    name: &UnitName,
    manager: Manager,
    mode: Mode,
    own: &Settings,
    dir: &StoreDir,
    strategy: Strategy,
) -> Result<Vec<(&'static str, String)>> {
    refuse_conflicts(name, own)?;
    let Place { root, made } = Place::of(name, manager);
    let mut settings = vec![
        ("RuntimeDirectory", made),
        ("RootDirectory", root.clone()),
        ("InaccessiblePaths", format!("-+{root}")),
        ("ReadOnlyPaths", "+/".to_owned()),
    ];
    settings.extend(mount_points(dir, strategy)?);
    if !own.is_assigned("PrivateMounts") {
        settings.push(("PrivateMounts", "yes".to_owned()));
    }
    let by_mode = if mode == Mode::FullApivfs {
        "yes"
    } else {
        "no"
    };
    for setting in BY_MODE {
        if !own.is_assigned(setting) {
            settings.push((setting, by_mode.to_owned()));
        }
    }
    let directories = ExecDirectories::Runtime.of(own).into_iter();
    let directories = directories.filter(|directory| !is_of_nixpkgs(name, &directory.path));
    let directories = directories.map(|directory| directory.of(manager));
    // Its value without confinement (systemd.exec(5)).
    if let Some(value) = ExecDirectories::value(directories) {
        let variable = ExecDirectories::Runtime.variable();
        settings.push(("Environment", assignment(variable, &value)));
    }
    // DynamicUser= implies PrivateTmp=, and no setting disables that.
    let is_by_mode = mode == Mode::FullApivfs && !own.is_assigned("PrivateTmp");
    if !asks_for_private_tmp(own)?.unwrap_or(is_by_mode) {
        settings.extend(HIDDEN.map(|(setting, value)| (setting, value.to_owned())));
    }
    Ok(settings)
}

/// If store paths are bound one by one: a store directory for their mount points that belongs to a single command and that the
/// command can't make writable. For `ReadOnlyPaths=+/`, systemd checks for each mount whether it is at or below one of the
/// unit's own mounts; the store directory settles that for all paths, which halves the start time of a service with 1,000
/// paths.
pub(super) fn mount_points(
    dir: &StoreDir,
    strategy: Strategy,
) -> Result<Option<(&'static str, String)>> {
    Ok(if strategy.has_store_directory() {
        let value = format!("{}:ro", path_word(dir.as_str())?);
        Some(("TemporaryFileSystem", value))
    } else {
        None
    })
}

/// The socket on which a service reports that it is ready, if it does so and nothing else shows the socket in its root: with a
/// root directory, systemd 258 and newer show it only with `MountAPIVFS=` itself (systemd issue 39524), not with settings that
/// mount /proc as well ([`crate::systemd::has_api_file_systems`]).
pub fn notify_socket(mode: Mode, own: &Settings) -> Result<Option<&'static str>> {
    let mounts_api = own.boolean("MountAPIVFS")?;
    let mounts_api = mounts_api.unwrap_or(mode == Mode::FullApivfs);
    let notifies = matches!(own.value("Type"), Some("notify" | "notify-reload"))
        || own
            .value("NotifyAccess")
            .is_some_and(|access| access != "none");
    Ok((notifies && !mounts_api).then_some("/run/systemd/notify"))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    fn rendered(name: &str, mode: Mode, own: &[(&str, &str)]) -> Result<Vec<String>> {
        let settings = own.iter().copied().collect();
        let dir = StoreDir::parse("/nix/store")?;
        let name = UnitName::parse(name)?;
        super::settings(
            &name,
            Manager::System,
            mode,
            &settings,
            &dir,
            Strategy::Image,
        )
        .map(lines)
    }

    /// Settings as lines of a unit file.
    pub(in crate::confine) fn lines(settings: Vec<(&str, String)>) -> Vec<String> {
        let settings = settings.into_iter();
        settings
            .map(|(name, value)| format!("{name}={value}"))
            .collect()
    }

    #[test]
    fn a_mode_is_what_nixpkgs_makes_of_it() -> Result<()> {
        let common = [
            "RuntimeDirectory=confinement/web",
            "RootDirectory=/run/confinement/web",
            "InaccessiblePaths=-+/run/confinement/web",
            "ReadOnlyPaths=+/",
            "PrivateMounts=yes",
        ];
        let switches = |value: &str| BY_MODE.map(|setting| format!("{setting}={value}"));
        let full = rendered("web.service", Mode::FullApivfs, &[])?;
        assert_eq!(full[..5], common);
        assert_eq!(full[5..], switches("yes"));
        let chroot = rendered("web.service", Mode::ChrootOnly, &[])?;
        assert_eq!(chroot[..5], common);
        assert_eq!(chroot[5..12], switches("no"));
        assert_eq!(
            chroot[12..],
            ["InaccessiblePaths=-+/tmp", "InaccessiblePaths=-+/var/tmp"]
        );
        Ok(())
    }

    #[test]
    fn paths_that_are_bound_one_by_one_get_a_directory_of_their_own() -> Result<()> {
        let dir = StoreDir::parse("/nix/my store")?;
        let own = Some(("TemporaryFileSystem", "/nix/my\" \"store:ro".to_owned()));
        assert_eq!(mount_points(&dir, Strategy::Bind)?, own);
        assert_eq!(mount_points(&dir, Strategy::Inherit)?, own);
        assert_eq!(mount_points(&dir, Strategy::Image)?, None);
        Ok(())
    }

    #[test]
    fn what_the_unit_sets_itself_wins() -> Result<()> {
        let own = [
            ("PrivateTmp", "false"),
            ("MountAPIVFS", "no"),
            ("PrivateMounts", "no"),
        ];
        let lines = rendered("web.service", Mode::FullApivfs, &own)?;
        for (setting, _) in own {
            assert!(
                !lines.iter().any(|line| line.starts_with(setting)),
                "{setting} was set"
            );
        }
        assert!(lines.contains(&"InaccessiblePaths=-+/tmp".to_owned()));
        let reset = rendered("web.service", Mode::FullApivfs, &[("PrivateTmp", "")])?;
        assert!(!reset.iter().any(|line| line.starts_with("PrivateTmp")));
        assert!(reset.contains(&"InaccessiblePaths=-+/tmp".to_owned()));
        Ok(())
    }

    #[test]
    fn names_that_must_not_be_shared_are_left_to_systemd() -> Result<()> {
        for name in ["t@one.service", "a:b.service"] {
            assert!(
                rendered(name, Mode::FullApivfs, &[])?
                    .contains(&"RootDirectory=/run/confinement/%n".to_owned())
            );
        }
        Ok(())
    }

    #[test]
    fn instances_of_a_template_have_a_root_that_none_of_them_removes() -> Result<()> {
        let lines = rendered("t@.service", Mode::FullApivfs, &[])?;
        assert_eq!(
            lines[..3],
            [
                "RuntimeDirectory=confinement/t@/%I",
                "RootDirectory=/run/confinement/t@",
                "InaccessiblePaths=-+/run/confinement/t@",
            ]
        );
        Ok(())
    }

    #[test]
    fn the_root_is_not_among_the_runtime_directories() -> Result<()> {
        let own = [("RuntimeDirectory", "web web/b:link")];
        let lines = rendered("web.service", Mode::FullApivfs, &own)?;
        assert!(lines.contains(&"Environment=RUNTIME_DIRECTORY=/run/web:/run/web/b".to_owned()));
        for root in ["confinement/%n", "confinement/web"] {
            let own = [("RuntimeDirectory", root)];
            let said = rendered("web.service", Mode::FullApivfs, &own)?.join("\n");
            assert!(!said.contains("RUNTIME_DIRECTORY"), "{said}");
        }
        let own = [("RuntimeDirectory", "\"w b\" %n a")];
        let lines = rendered("web.service", Mode::FullApivfs, &own)?;
        let line = "Environment=\"RUNTIME_DIRECTORY=/run/%n:/run/a:/run/w b\"";
        assert!(lines.iter().any(|found| found == line), "{lines:?}");
        Ok(())
    }

    #[test]
    fn a_service_without_api_file_systems_can_still_notify() -> Result<()> {
        let mut own = Settings::default();
        assert_eq!(notify_socket(Mode::ChrootOnly, &own)?, None);
        own.push("Type", "notify");
        assert_eq!(
            notify_socket(Mode::ChrootOnly, &own)?,
            Some("/run/systemd/notify")
        );
        assert_eq!(notify_socket(Mode::FullApivfs, &own)?, None);
        Ok(())
    }

    #[test]
    fn settings_that_clash_are_refused() {
        for own in [
            ("TemporaryFileSystem", "/var:ro /:ro"),
            ("RootDirectory", "/srv"),
            ("RootImage", "/x"),
            ("RootDirectoryStartOnly", "yes"),
            ("PrivateTmp", "perhaps"),
        ] {
            assert!(
                rendered("web.service", Mode::FullApivfs, &[own]).is_err(),
                "{own:?} was accepted"
            );
        }
    }

    #[test]
    fn a_tmpfs_elsewhere_does_not_clash() -> Result<()> {
        let own = [("TemporaryFileSystem", "/var /tmp:ro")];
        rendered("web.service", Mode::FullApivfs, &own)?;
        Ok(())
    }

    #[test]
    fn the_root_that_nixpkgs_gives_does_not_clash() -> Result<()> {
        rendered(
            "web.service",
            Mode::FullApivfs,
            &[("RootDirectory", "/run/confinement/web")],
        )?;
        rendered(
            "t@a.service",
            Mode::FullApivfs,
            &[("RootDirectory", "/run/confinement/t-a")],
        )?;
        rendered(
            "web.service",
            Mode::FullApivfs,
            &[("RootDirectory", "/run/confinement/%n")],
        )?;
        Ok(())
    }
}
