//! What can be written to, and what is at a path.

use std::fs;
use std::os::unix::fs::symlink;

use super::*;

#[test]
fn what_can_be_written_to_is_named_in_the_root() -> Result<()> {
    for (own, writable) in [
        // A path of the host, outside the root.
        (("ReadWritePaths", "/var"), Some(false)),
        // At one place, what is read-only wins.
        (("ReadWritePaths", "+/"), Some(false)),
        (("ReadWritePaths", "+/var"), None),
    ] {
        let case = Case::new(&[own])?;
        let root = case.root();
        let inside = Inside::new(&root, &NoFiles, false);
        assert_eq!(inside.can_be_made("/var/x", false)?, writable, "{own:?}");
        assert_eq!(inside.can_be_made("/etc/x", false)?, Some(false), "{own:?}");
        let inside = Inside::new(&root, &NoFiles, true);
        assert_eq!(inside.can_be_made("/var/x", false)?, Some(true), "{own:?}");
        assert_eq!(inside.can_be_made("/nix/store/x", false)?, Some(false));
    }
    Ok(())
}

#[test]
fn a_proc_shows_processes_unless_it_is_empty_or_inaccessible() -> Result<()> {
    let shows =
        |own: &[(&str, &str)]| -> Result<bool> { Ok(Case::new(own)?.root().shows_processes()) };
    assert!(shows(&[API])?);
    assert!(shows(&[NO_API, ("BindReadOnlyPaths", "/proc")])?);
    // This mounts /proc, and hides only the processes of other users.
    assert!(shows(&[NO_API, ("ProtectProc", "invisible")])?);
    assert!(!shows(&[NO_API])?);
    assert!(!shows(&[NO_API, ("TemporaryFileSystem", "/proc")])?);
    assert!(!shows(&[API, ("InaccessiblePaths", "+/proc")])?);
    Ok(())
}

#[test]
fn a_store_path_that_leads_out_of_the_store_shows_what_the_host_has_there() -> Result<()> {
    let store = tempfile::tempdir()?;
    let mut case = Case::new(&[])?;
    let named = |name: &str| case.dir.join(&format!("{}-{name}", "0".repeat(32)));
    let (out, lost, within, file) = (named("out")?, named("lost")?, named("to")?, named("f")?);
    let on_disk = |path: &StorePath| store.path().join(&path.as_str()[1..]);
    fs::create_dir_all(store.path().join("nix/store"))?;
    symlink("/srv/data", on_disk(&out))?;
    symlink(named("nothing")?.as_str(), on_disk(&lost))?;
    symlink(file.as_str(), on_disk(&within))?;
    fs::write(on_disk(&file), "")?;
    let files = LocalFiles::new(store.path(), &case.dir);
    case.closure = vec![file, lost.clone(), out.clone(), within.clone()];
    let look = |case: &Case, path: &StorePath| {
        let root = case.root();
        Inside::new(&root, &files as &dyn StoreFiles, false).look(path.as_str())
    };
    assert_eq!(look(&case, &out)?, Found::Unknown);
    assert_eq!(look(&case, &lost)?, Found::Missing);
    assert!(matches!(look(&case, &within)?, Found::File { .. }));
    // In a view the link stays one, and leads to what is inside.
    case.strategy = Strategy::Image;
    assert_eq!(look(&case, &out)?, Found::Missing);
    assert!(matches!(look(&case, &within)?, Found::File { .. }));
    Ok(())
}

#[test]
fn beside_the_store_an_adopted_root_may_hold_anything() -> Result<()> {
    let mut case = Case::new(&[("PrivateTmp", "yes"), ("BindPaths", "/nix/store /srv")])?;
    case.is_adopted = true;
    case.confinement = Settings::from_iter([
        ("TemporaryFileSystem", "/nix/store:ro"),
        ("BindReadOnlyPaths", ""),
        ("BindPaths", "/srv"),
    ]);
    let root = case.root();
    assert_eq!(
        seen(&root, "/nix/store"),
        Some((&MountKind::Empty { mode: None }, true))
    );
    let inside = Inside::new(&root, &NoFiles, false);
    assert_eq!(inside.look("/opt/x")?, Found::Unknown);
    assert_eq!(inside.can_be_made("/etc/x", false)?, None);
    assert_eq!(
        inside.look(&format!("/nix/store/{}-x", "0".repeat(32)))?,
        Found::Missing
    );
    Ok(())
}
