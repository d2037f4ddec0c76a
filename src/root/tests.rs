//! A root settled as systemd settles it: each case was tried on systemd 252.

use anyhow::Result;

use crate::root::{Devices, Found, Inside, MountKind, Parts, Root, Settled};
use crate::service::{Settings, Strategy};
use crate::store::{LocalFiles, NoFiles, StoreDir, StoreFiles, StorePath};

/// What the drop-in of web.service sets.
const CONFINEMENT: [(&str, &str); 4] = [
    ("RuntimeDirectory", "confinement/web"),
    ("InaccessiblePaths", "-+/run/confinement/web"),
    ("ReadOnlyPaths", "+/"),
    ("TemporaryFileSystem", "/nix/store:ro"),
];

mod looked_at;

struct Case {
    dir: StoreDir,
    own: Settings,
    confinement: Settings,
    closure: Vec<StorePath>,
    strategy: Strategy,
    is_adopted: bool,
}

impl Case {
    fn new(own: &[(&str, &str)]) -> Result<Self> {
        Ok(Self {
            dir: StoreDir::parse("/nix/store")?,
            own: own.iter().copied().collect(),
            confinement: CONFINEMENT.into_iter().collect(),
            closure: Vec::new(),
            strategy: Strategy::Bind,
            is_adopted: false,
        })
    }

    fn root(&self) -> Root<'_> {
        Root::new(Parts {
            store_dir: &self.dir,
            own: &self.own,
            confinement: &self.confinement,
            bin_sh: Some("/bin/dash"),
            may_hide_shell: false,
            closure: &self.closure,
            strategy: self.strategy,
            is_adopted: self.is_adopted,
        })
    }
}

/// What is seen at a place, and whether it is read-only.
fn seen<'r>(root: &'r Root, target: &str) -> Option<(&'r MountKind<'r>, bool)> {
    let mut settled = root.settled(false).into_iter();
    let Settled { mount, read_only } = settled.find(|settled| settled.mount.target == target)?;
    Some((&mount.kind, read_only))
}

fn bind(source: &str) -> MountKind<'_> {
    MountKind::Bind {
        source: source.into(),
    }
}

const API: (&str, &str) = ("MountAPIVFS", "yes");
const NO_API: (&str, &str) = ("MountAPIVFS", "no");

#[test]
fn private_devices_need_no_api_file_systems() -> Result<()> {
    let case = Case::new(&[NO_API, ("PrivateDevices", "yes")])?;
    let root = case.root();
    assert_eq!(
        seen(&root, "/dev"),
        Some((&MountKind::Devices(Devices::Few), true))
    );
    assert_eq!(
        (seen(&root, "/proc"), root.has_api_file_systems()),
        (None, false)
    );
    let inside = Inside::new(&root, &NoFiles, false);
    assert_eq!(inside.look("/dev/null")?, Found::Unknown);
    assert_eq!(inside.look("/dev/kvm")?, Found::Missing);
    let case = Case::new(&[API])?;
    let root = case.root();
    assert_eq!(
        seen(&root, "/dev"),
        Some((&MountKind::Devices(Devices::All), false))
    );
    Ok(())
}

#[test]
fn the_file_systems_of_the_kernel_go_over_empty_ones() -> Result<()> {
    let own = ("TemporaryFileSystem", "/proc:ro /dev:ro /sys:ro");
    let case = Case::new(&[API, own])?;
    let root = case.root();
    assert_eq!(seen(&root, "/proc"), Some((&MountKind::Processes, true)));
    let inside = Inside::new(&root, &NoFiles, false);
    assert_eq!(inside.look("/proc/1/uid_map")?, Found::Unknown);
    // A command with + has none of them.
    let inside = Inside::new(&root, &NoFiles, true);
    assert_eq!(inside.look("/proc/1/uid_map")?, Found::Missing);
    let case = Case::new(&[NO_API, ("TemporaryFileSystem", "/proc")])?;
    let root = case.root();
    assert_eq!(
        seen(&root, "/proc"),
        Some((&MountKind::Empty { mode: None }, false))
    );
    Ok(())
}

#[test]
fn run_is_empty_and_can_be_written_to_where_there_are_api_file_systems() -> Result<()> {
    let case = Case::new(&[API])?;
    let root = case.root();
    assert_eq!(seen(&root, "/run"), Some((&MountKind::Run, false)));
    let inside = Inside::new(&root, &NoFiles, false);
    assert_eq!(inside.look("/run/x")?, Found::Missing);
    assert_eq!(inside.can_be_made("/run/x", false)?, None);
    assert!(inside.is_of_one_command("/run/x"));
    assert_eq!(inside.can_be_made("/etc/x", false)?, Some(false));
    let read_only = [
        ("ReadOnlyPaths", "+/run"),
        ("TemporaryFileSystem", "/run:ro"),
    ];
    for own in read_only {
        let case = Case::new(&[API, own])?;
        let root = case.root();
        let inside = Inside::new(&root, &NoFiles, false);
        assert_eq!(inside.can_be_made("/run/x", false)?, Some(false), "{own:?}");
    }
    let case = Case::new(&[NO_API])?;
    let root = case.root();
    let inside = Inside::new(&root, &NoFiles, false);
    assert_eq!(inside.can_be_made("/run/x", false)?, Some(false));
    assert!(!inside.is_of_one_command("/run/x"));
    Ok(())
}

#[test]
fn of_binds_at_one_place_the_first_is_seen_and_one_makes_it_read_only() -> Result<()> {
    let case = Case::new(&[
        ("BindPaths", "/srv/a:/mnt"),
        ("BindReadOnlyPaths", "/srv/b:/mnt"),
        ("BindPaths", "/bin/bash:/bin/sh"),
    ])?;
    let root = case.root();
    assert_eq!(seen(&root, "/mnt"), Some((&bind("/srv/a"), true)));
    // That of the unit comes before that of the drop-in.
    assert_eq!(seen(&root, "/bin/sh"), Some((&bind("/bin/bash"), true)));
    Ok(())
}

#[test]
fn binds_go_over_everything_else() -> Result<()> {
    let case = Case::new(&[
        API,
        ("PrivateDevices", "yes"),
        ("PrivateTmp", "yes"),
        ("StateDirectory", "web"),
        (
            "BindReadOnlyPaths",
            "/a:/tmp /b:/proc /c:/dev /d:/var/lib/web",
        ),
    ])?;
    let root = case.root();
    for (place, source) in [
        ("/tmp", "/a"),
        ("/proc", "/b"),
        ("/dev", "/c"),
        ("/var/lib/web", "/d"),
    ] {
        assert_eq!(seen(&root, place), Some((&bind(source), true)));
    }
    let inside = Inside::new(&root, &NoFiles, false);
    assert!(!inside.is_fresh("/tmp/x") && inside.is_fresh("/var/tmp/x"));
    Ok(())
}

#[test]
fn directories_of_the_service_go_over_empty_file_systems_and_keep_what_they_hold() -> Result<()> {
    let case = Case::new(&[
        ("StateDirectory", "web"),
        ("TemporaryFileSystem", "/var/lib:ro"),
    ])?;
    let root = case.root();
    let inside = Inside::new(&root, &NoFiles, false);
    assert_eq!(inside.look("/var/lib/web/db")?, Found::Unknown);
    assert_eq!(inside.can_be_made("/var/lib/web/db", false)?, None);
    assert_eq!(inside.look("/var/lib/other")?, Found::Missing);
    assert_eq!(inside.can_be_made("/var/lib/other", false)?, Some(false));
    let case = Case::new(&[
        ("StateDirectory", "web"),
        ("TemporaryFileSystem", "/var/lib/web:ro"),
    ])?;
    let root = case.root();
    assert!(matches!(
        seen(&root, "/var/lib/web"),
        Some((MountKind::Directory(_), true))
    ));
    Ok(())
}

#[test]
fn directories_of_a_dynamic_user_are_at_their_usual_place_alone() -> Result<()> {
    let case = Case::new(&[
        ("DynamicUser", "yes"),
        ("StateDirectory", "web:link"),
        ("RuntimeDirectory", "web"),
    ])?;
    let root = case.root();
    let inside = Inside::new(&root, &NoFiles, false);
    for place in ["/var/lib/web", "/var/lib/link", "/run/web"] {
        assert_eq!(inside.look(place)?, Found::Directory, "{place}");
    }
    for place in ["/var/lib/private/web", "/run/private/web", "/etc/private"] {
        assert_eq!(inside.look(place)?, Found::Missing, "{place}");
    }
    assert_eq!(inside.look("/var/lib/link/x")?, Found::Unknown);
    Ok(())
}

#[test]
fn the_root_itself_is_not_in_it() -> Result<()> {
    let case = Case::new(&[])?;
    let root = case.root();
    let inside = Inside::new(&root, &NoFiles, false);
    assert_eq!(inside.look("/run/confinement/web")?, Found::Missing);
    let inside = Inside::new(&root, &NoFiles, true);
    assert_eq!(inside.look("/run/confinement/web")?, Found::Directory);
    Ok(())
}

#[test]
fn temporary_directories_are_implied_and_can_be_hidden() -> Result<()> {
    let fresh = |own: &[(&str, &str)]| -> Result<bool> {
        let case = Case::new(own)?;
        let root = case.root();
        let inside = Inside::new(&root, &NoFiles, false);
        Ok(inside.is_fresh("/tmp/x") && inside.look("/tmp")? == Found::Directory)
    };
    let dynamic = ("DynamicUser", "yes");
    assert!(!fresh(&[])?);
    assert!(fresh(&[("PrivateTmp", "disconnected")])?);
    assert!(fresh(&[dynamic, ("PrivateTmp", "no")])?);
    assert!(!fresh(&[dynamic, ("InaccessiblePaths", "-+/tmp")])?);
    let case = Case::new(&[("PrivateTmp", "yes"), ("TemporaryFileSystem", "/tmp:ro")])?;
    let root = case.root();
    assert_eq!(seen(&root, "/tmp"), Some((&MountKind::PrivateTmp, true)));
    Ok(())
}

#[test]
fn a_view_is_mounted_before_entries_of_its_place() -> Result<()> {
    let mut case = Case::new(&[])?;
    case.confinement = CONFINEMENT[..3].iter().copied().collect();
    case.strategy = Strategy::Image;
    let root = case.root();
    assert!(!Inside::new(&root, &NoFiles, false).is_made_by_mounts("/nix/store"));
    case.strategy = Strategy::Bind;
    let root = case.root();
    assert!(Inside::new(&root, &NoFiles, false).is_made_by_mounts("/nix/store"));
    Ok(())
}
