//! What `cargo package` and the package of Nix hold.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::sources;
use crate::support::{CHECKOUT, fixture, program};

#[test]
fn the_packages_have_every_file_that_is_compiled_in() -> Result<()> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let listed = program(cargo, ["package", "--list", "--offline", "--allow-dirty"]);
    let listed = listed.within(CHECKOUT).succeeds()?.stdout;
    let listed: BTreeSet<&Path> = listed.lines().map(Path::new).collect();
    let mut needed: BTreeSet<PathBuf> = ["Cargo.toml", "build.rs", "README.md", "LICENSE"]
        .map(PathBuf::from)
        .into();
    for file in sources("src", "rs")? {
        let relative = file.strip_prefix(CHECKOUT)?.to_owned();
        let directory = relative.parent().context("a file is in a directory")?;
        let text = fs::read_to_string(&file)?;
        for name in text
            .split("include_str!(\"")
            .chain(text.split("include_bytes!(\""))
            .skip(1)
        {
            // The first part of each begins the file.
            let Some((name, _)) = name.split_once("\")") else {
                continue;
            };
            if fixture("").join(directory).join(name).is_file() {
                needed.insert(plain(&directory.join(name)));
            }
        }
        needed.insert(relative);
    }
    ensure!(needed.contains(Path::new("nix/services.nix")), "{needed:?}");
    let missing: Vec<_> = needed
        .iter()
        .filter(|file| !listed.contains(file.as_path()))
        .collect();
    ensure!(missing.is_empty(), "cargo package lacks {missing:?}");
    // The package of Nix copies what it lists, and cargo needs no README to build.
    let nix = fs::read_to_string(fixture("nix/package.nix"))?;
    let copied: Vec<_> = nix
        .lines()
        .filter_map(|line| line.trim().strip_prefix("../"))
        .collect();
    needed.remove(Path::new("README.md"));
    needed.remove(Path::new("LICENSE"));
    needed.retain(|file| !copied.iter().any(|part| file.starts_with(part)));
    ensure!(needed.is_empty(), "nix/package.nix lacks {needed:?}");
    Ok(())
}

/// A path without `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}
