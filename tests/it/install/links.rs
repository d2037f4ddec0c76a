//! Links in a tree that lead elsewhere.

use std::fs;
use std::os::unix::fs::symlink;

use anyhow::{Context, Result};
use tempfile::TempDir;

use super::{Tree, service};
use crate::support::{names, scratch};

/// Replaces a directory of a tree by a link to an empty one outside of it.
fn lead_out(tree: &Tree, place: &str) -> Result<TempDir> {
    let outside = scratch()?;
    let place = tree.at(place);
    if fs::exists(&place)? {
        fs::remove_dir_all(&place)?;
    }
    fs::create_dir_all(place.parent().context("no parent")?)?;
    symlink(outside.path(), &place)?;
    Ok(outside)
}

#[test]
fn links_out_of_a_tree_are_not_followed() -> Result<()> {
    for place in [
        "etc/systemd/system",
        "var/lib/confinix",
        "var/lib/confinix/generations",
        "nix/var/nix/gcroots",
        "nix/var/nix/gcroots/confinix",
    ] {
        let tree = Tree::new()?;
        let outside = lead_out(&tree, place)?;
        tree.install(&service("web", "1"))
            .fails(3, &[place, "leads out of", "replace the link"])
            .with_context(|| place.to_owned())?;
        assert_eq!(names(outside.path())?, Vec::<String>::new(), "{place}");
    }
    // Links within it are as good as directories.
    let tree = Tree::new()?;
    fs::create_dir(tree.at("state"))?;
    symlink(tree.at("state"), tree.at("var/lib/confinix"))?;
    tree.install(&service("web", "1")).succeeds()?;
    Ok(())
}

#[test]
fn nothing_is_removed_through_a_link() -> Result<()> {
    let tree = Tree::new()?;
    tree.install(&service("web", "1")).succeeds()?;
    let outside = scratch()?;
    let moved = outside.path().join("web.service.d");
    fs::create_dir(&moved)?;
    fs::copy(
        tree.unit("web.service.d/zz-confinement.conf"),
        moved.join("zz-confinement.conf"),
    )?;
    fs::remove_dir_all(tree.unit("web.service.d"))?;
    symlink(&moved, tree.unit("web.service.d"))?;
    let parts = ["web.service.d is no directory", "move it elsewhere"];
    tree.confinix().arg("--uninstall").fails(3, &parts)?;
    tree.install(&service("other", "1")).fails(3, &parts)?;
    assert_eq!(names(&moved)?, ["zz-confinement.conf"]);
    // As the message says.
    fs::rename(tree.unit("web.service.d"), outside.path().join("link"))?;
    tree.confinix().arg("--uninstall").succeeds()?;
    assert_eq!(names(&moved)?, ["zz-confinement.conf"]);
    Ok(())
}
