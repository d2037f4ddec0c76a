//! Ends a guest when its owner has ended.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context, Result};

use super::boot::GUESTS;
use super::control_group;

/// Waits for the end of `alive`, which the owner of the guest holds open. Then ends the guest of this name, and removes its directory.
/// Runs in a mount namespace of its own.
pub fn watch(mut alive: impl Read, name: &str, place: &Path) -> Result<()> {
    io::copy(&mut alive, &mut io::sink()).context("cannot wait for the owner of the guest")?;
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
