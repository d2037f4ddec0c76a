//! Files in docs/ that are made from what confinix prints.

use std::env;
use std::fs;

use anyhow::{Result, ensure};

use super::fixture;

/// Checks that a made file has this content. With CONFINIX_WRITE_DOCS=1 in the environment, writes it first.
pub fn is_current(name: &str, content: &str) -> Result<()> {
    let file = fixture(name);
    if env::var_os("CONFINIX_WRITE_DOCS").is_some() {
        fs::write(&file, content)?;
    }
    ensure!(
        fs::read_to_string(&file).unwrap_or_default() == content,
        "{name} is not what confinix prints now: write it with CONFINIX_WRITE_DOCS=1 tests/empty-store cargo test --test it -- readme reference"
    );
    Ok(())
}
