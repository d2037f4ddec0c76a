//! Parses a file, without evaluating it.

use std::io;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::Nix;

/// Fails if a file is not a Nix expression. The error has the place, as nix tells it.
pub fn parse(nix: &Nix, file: &Path) -> Result<()> {
    let path =
        std::path::absolute(file).with_context(|| format!("cannot name {}", file.display()))?;
    let command = Command::new("nix-instantiate");
    let arguments = ["--parse".into(), path.into()];
    nix.run("nix-instantiate", command, arguments, |mut parsed| {
        io::copy(&mut parsed, &mut io::sink())?;
        Ok(())
    })
}
