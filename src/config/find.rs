//! Finds `confinix.toml` if none is named.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::{CONFIG_FILE, Config, read_config};

/// Reads the `confinix.toml` in the working directory or the nearest one above it.
pub fn nearest_config() -> Result<Option<Config>> {
    find_config()?.as_deref().map(read_config).transpose()
}

/// Returns the shortest path of the `confinix.toml` in the working directory or the nearest one above it.
pub fn find_config() -> Result<Option<PathBuf>> {
    let here = env::current_dir().context("cannot determine the working directory")?;
    let mut relative = PathBuf::new();
    for dir in here.ancestors() {
        if dir.join(CONFIG_FILE).is_file() {
            return Ok(Some(relative.join(CONFIG_FILE)));
        }
        relative.push("..");
    }
    Ok(None)
}
