//! The directory of the generation that is installed is gone.

use std::fs;
use std::os::unix::fs::symlink;

use anyhow::Result;

use super::{Tree, list, same, service};

/// A tree with `web` and `api` in generation 1, and with `web` and `new` in generation 2, whose directory is gone.
fn lost() -> Result<(Tree, super::Entries)> {
    let tree = Tree::new()?;
    let empty = tree.entries()?;
    tree.install(&format!("{}{}", service("web", "1"), service("api", "1")))
        .succeeds()?;
    tree.install(&second()).succeeds()?;
    fs::remove_dir_all(tree.at("var/lib/confinix/generations/2"))?;
    Ok((tree, empty))
}

fn second() -> String {
    format!("{}{}", service("web", "1"), service("new", "1"))
}

#[test]
fn what_was_installed_can_be_installed_again() -> Result<()> {
    let (tree, empty) = lost()?;
    let units = tree.units()?;
    assert_eq!(list(&tree)?, ["1"]);
    let ran = tree.install(&second()).succeeds()?;
    assert!(
        ran.stderr.contains("generations/2 is gone"),
        "{}",
        ran.stderr
    );
    same(&tree.units()?, &units)?;
    assert_eq!(list(&tree)?, ["3 current", "1"]);
    assert_eq!(tree.kept()?, ["1", "3"]);
    tree.confinix().arg("--uninstall").succeeds()?;
    same(&tree.entries()?, &empty)
}

#[test]
fn what_others_list_is_rolled_back_and_removed_and_the_rest_is_told() -> Result<()> {
    let (tree, empty) = lost()?;
    let ran = tree.confinix().arg("--rollback").succeeds()?;
    assert!(ran.stderr.contains("new.service.d/"), "{}", ran.stderr);
    assert_eq!(list(&tree)?, ["1 current"]);
    assert!(tree.unit("api.service").exists() && tree.unit("new.service").exists());

    let (tree, _) = lost()?;
    let ran = tree.confinix().arg("--uninstall").succeeds()?;
    assert!(
        ran.stderr
            .contains("etc/systemd/system, with its units: new.service.d/zz-confinement.conf"),
        "{}",
        ran.stderr
    );
    assert!(!tree.unit("web.service").exists());
    fs::remove_dir_all(tree.unit("new.service.d"))?;
    fs::remove_file(tree.unit("new.service"))?;
    same(&tree.entries()?, &empty)
}

#[test]
fn a_rollback_of_an_interrupted_run_goes_back_to_what_is_known() -> Result<()> {
    let (tree, _) = lost()?;
    symlink("generations/1", tree.at("var/lib/confinix/next"))?;
    tree.confinix().arg("--rollback").succeeds()?;
    assert_eq!(list(&tree)?, ["1 current"]);
    assert!(tree.unit("web.service").exists() && tree.unit("api.service").exists());

    let (tree, _) = lost()?;
    let units = tree.units()?;
    let generations = tree.at("var/lib/confinix/generations");
    fs::rename(generations.join("1"), generations.join("3"))?;
    symlink("generations/3", tree.at("var/lib/confinix/next"))?;
    tree.confinix().arg("--rollback").fails(
        3,
        &["generation 2 is the first: there is none to go back to"],
    )?;
    same(&tree.units()?, &units)
}

#[test]
fn what_differs_is_not_replaced() -> Result<()> {
    let (tree, _) = lost()?;
    tree.install(&service("new", "2"))
        .fails(3, &["new.service exists, and confinix did not install it"])?;
    Ok(())
}
