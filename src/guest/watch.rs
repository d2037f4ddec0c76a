//! Ends a guest when its owner has ended.

use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context, Result};

use super::place;

/// Waits for the end of `alive`, which the owner of the guest holds open. Then ends the guest of this name, and removes its directory.
/// Meanwhile it ends guests whose owners were killed together with their watchers. Runs in a mount namespace of its own.
pub fn watch(mut alive: impl Read, name: &str, directory: &Path) -> Result<()> {
    let _lock = place::lock(directory)?;
    let swept = place::sweep();
    io::copy(&mut alive, &mut io::sink()).context("cannot wait for the owner of the guest")?;
    place::remove(name, directory)?;
    swept
}
