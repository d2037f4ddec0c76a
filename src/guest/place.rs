//! The directories of guests, which also tell which guests have an owner.
//!
//! The owner of a guest and its watcher each have a lock on its directory (flock(2)), which ends with their process. If nobody has locked
//! one, both were killed, and its guest goes on running.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, bail};
use rustix::fs::{FlockOperation, flock};

use super::{Setup, control_group};

/// The directory with those of all guests.
const GUESTS: &str = "/run/confinix-guests";
const TRIES: usize = 100;

static COUNT: AtomicUsize = AtomicUsize::new(0);

/// Names a guest, and creates and locks its directory.
pub(super) fn create(setup: &mut Setup) -> Result<File> {
    use io::ErrorKind::{AlreadyExists, NotFound};
    for _ in 0..TRIES {
        let number = COUNT.fetch_add(1, Ordering::SeqCst);
        setup.name = format!("confinix-{}-{number}", std::process::id());
        setup.place = Path::new(GUESTS).join(&setup.name);
        match fs::create_dir_all(GUESTS).and_then(|()| fs::create_dir(&setup.place)) {
            Ok(()) => {
                if let Some(lock) = lock(&setup.place)? {
                    return Ok(lock);
                }
            }
            // The end of another guest may remove GUESTS in between, and a killed process may have had this ID.
            Err(error) if matches!(error.kind(), AlreadyExists | NotFound) => {}
            Err(error) => {
                return Err(error)
                    .with_context(|| format!("cannot create {}", setup.place.display()));
            }
        }
    }
    bail!("cannot create a directory in {GUESTS}: it is removed again and again")
}

/// Locks the directory of a guest beside others of its processes. `None` if it was removed as that of a guest without an owner.
pub(super) fn lock(place: &Path) -> Result<Option<File>> {
    let directory = match File::open(place) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.with_context(|| format!("cannot open {}", place.display()))?,
    };
    flock(&directory, FlockOperation::LockShared)
        .with_context(|| format!("cannot lock {}", place.display()))?;
    let is_there = directory.metadata()?.nlink() > 0;
    Ok(is_there.then_some(directory))
}

/// Removes the directory of a guest that has nothing in it, and [`GUESTS`] after the last of them.
pub(super) fn remove_empty(place: &Path) {
    if fs::remove_dir(place).is_ok() {
        let _ = fs::remove_dir(GUESTS);
    }
}

/// Ends a guest, and removes its control groups and its directory. This mount namespace must be a private one.
pub(super) fn remove(name: &str, place: &Path) -> Result<()> {
    control_group::remove(name, place)?;
    // Its mounts were in the guest's mount namespace, which ended with the last process.
    match fs::remove_dir_all(place) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("cannot remove {}", place.display()));
        }
        _ => {}
    }
    // Other guests may have theirs in it.
    let _ = fs::remove_dir(GUESTS);
    Ok(())
}

/// Ends guests that have no owner, and removes what is left of them. This mount namespace must be a private one.
pub(super) fn sweep() -> Result<()> {
    let mut first_error = Ok(());
    for entry in fs::read_dir(GUESTS).into_iter().flatten().flatten() {
        let place = entry.path();
        // Another run may have removed it in between.
        let Ok(directory) = File::open(&place) else {
            continue;
        };
        if flock(&directory, FlockOperation::NonBlockingLockExclusive).is_ok() {
            let removed = remove(&entry.file_name().to_string_lossy(), &place)
                .context("cannot remove what a killed rehearsal left");
            first_error = first_error.and(removed);
        }
    }
    first_error
}
