//! What can't be installed, or is not confinix's to change. Nothing is written then.

use std::fs;
use std::os::unix::fs::symlink;

use anyhow::{Context, Result};

use super::{Tree, same, service};
use crate::support::{Run, bundle, confinix};

fn refused(tree: &Tree, run: Run, parts: &[&str]) -> Result<()> {
    let before = tree.entries()?;
    run.fails(3, parts)?;
    let after = tree.entries()?;
    let is_ours = |path: &&std::path::PathBuf| !path.starts_with("var/lib/confinix");
    let paths =
        |entries: &super::Entries| entries.keys().filter(is_ours).cloned().collect::<Vec<_>>();
    assert_eq!(paths(&after), paths(&before));
    for (path, entry) in before {
        assert_eq!(after.get(&path), Some(&entry), "{}", path.display());
    }
    Ok(())
}

#[test]
fn files_of_others_are_left_alone() -> Result<()> {
    for (path, make) in [
        ("web.service", "file"),
        ("web.service.d/zz-confinement.conf", "file"),
        ("web.service", "same"),
        ("web.service", "link"),
        ("web.service", "mask"),
        ("web.service", "directory"),
        ("web.service.d", "link"),
    ] {
        let context = || format!("{path} as {make}");
        let tree = Tree::new()?;
        let place = tree.unit(path);
        fs::create_dir_all(place.parent().context("no parent")?)?;
        let install = || tree.install(&service("web", "1"));
        let part = match make {
            "file" => {
                fs::write(&place, "[Service]\n")?;
                "exists, and confinix did not install it: move it elsewhere"
            }
            "same" => {
                install().succeeds()?;
                let text = fs::read(&place)?;
                tree.confinix().arg("--uninstall").succeeds()?;
                fs::write(&place, text)?;
                "exists with the same content, and confinix did not install it"
            }
            "link" => {
                symlink("elsewhere", &place)?;
                "move it elsewhere"
            }
            "mask" => {
                symlink("/dev/null", &place)?;
                "masks web.service: remove the mask first (systemctl unmask web.service)"
            }
            _ => {
                fs::create_dir(&place)?;
                "is a directory, and confinix did not install it"
            }
        };
        refused(&tree, install(), &["nothing was changed", part]).with_context(context)?;
        tree.install(&service("web", "1"))
            .arg("--dry-run")
            .fails(3, &[part])?;
    }
    Ok(())
}

#[test]
fn edited_files_are_left_alone() -> Result<()> {
    for path in ["web.service", "web.service.d/zz-confinement.conf"] {
        let tree = Tree::new()?;
        tree.install(&service("web", "1")).succeeds()?;
        tree.install(&service("web", "2")).succeeds()?;
        let edited = tree.text(path)? + "Nice=1\n";
        fs::write(tree.unit(path), edited)?;
        let parts = [
            "was edited since it was installed: make the change in the configuration, or in a drop-in of your own (systemctl edit web.service), and remove the file",
        ];
        refused(&tree, tree.install(&service("web", "3")), &parts)?;
        refused(&tree, tree.install(&service("other", "1")), &parts)?;
        refused(&tree, tree.confinix().arg("--rollback"), &parts)?;
        refused(&tree, tree.confinix().arg("--uninstall"), &parts)?;
        // As the message says.
        fs::remove_file(tree.unit(path))?;
        tree.install(&service("web", "3")).succeeds()?;
        assert!(tree.unit(path).exists());
        // A drop-in of the user stays, whatever happens beside it.
        fs::write(
            tree.unit("web.service.d/10-own.conf"),
            "[Service]\nNice=1\n",
        )?;
        tree.install(&service("other", "1")).succeeds()?;
        tree.confinix().arg("--uninstall").succeeds()?;
        assert_eq!(
            tree.text("web.service.d/10-own.conf")?,
            "[Service]\nNice=1\n"
        );
    }
    Ok(())
}

#[test]
fn trees_that_are_none_are_refused_by_dry_runs_too() -> Result<()> {
    type Spoil = fn(&Tree) -> std::io::Result<()>;
    let cases: [(Spoil, &[&str]); 3] = [
        (
            |tree| fs::write(tree.at("etc/NIXOS"), ""),
            &["NixOS system", "NixOS module", "docs/nixos.md"],
        ),
        (
            |tree| fs::remove_dir(tree.unit("")),
            &["etc/systemd/system does not exist"],
        ),
        (
            |tree| fs::remove_dir_all(tree.at("nix/var")),
            &["gcroots does not exist", "install Nix first"],
        ),
    ];
    for (spoil, parts) in cases {
        let tree = Tree::new()?;
        spoil(&tree)?;
        let install = || tree.install(&service("web", "1"));
        refused(&tree, install(), parts)?;
        refused(&tree, install().arg("--dry-run"), parts)?;
    }
    Ok(())
}

#[test]
fn a_store_without_the_paths_is_refused() -> Result<()> {
    let tree = Tree::new()?;
    fs::remove_file(tree.at("nix/store"))?;
    refused(
        &tree,
        tree.install(&service("web", "1")),
        &["lacks", "of the store paths that services need", "nix copy"],
    )?;
    assert!(tree.kept()?.is_empty());
    Ok(())
}

#[test]
fn a_generation_with_the_last_number_is_refused() -> Result<()> {
    let tree = Tree::new()?;
    let last = tree
        .at("var/lib/confinix/generations")
        .join(u64::MAX.to_string());
    fs::create_dir_all(&last)?;
    refused(
        &tree,
        tree.install(&service("web", "1")),
        &[
            "generations/18446744073709551615",
            "is not confinix's: move it elsewhere",
        ],
    )
}

#[test]
fn a_machine_without_systemd_has_nothing_to_install_on() -> Result<()> {
    if fs::exists("/run/systemd/system")? {
        return crate::support::not_run("a machine without systemd", "this one has it");
    }
    for more in [&[][..], &["--dry-run"]] {
        confinix(["install", "--expr", "{ services = { }; }"])
            .args(more)
            .fails(
                3,
                &["this machine was not booted with systemd", "--root DIR"],
            )?;
    }
    Ok(())
}

#[test]
fn bundles_that_do_not_fit_are_refused() -> Result<()> {
    let tree = Tree::new()?;
    fs::write(tree.unit("web.service"), "")?;
    let out = tree.at("bundle");
    let set = format!("{{ services = {{ {} }}; }}", service("web", "1"));
    bundle(["-q", "--expr", &set, "-o"]).arg(&out).succeeds()?;
    let drop_in = out.join("lib/systemd/system/web.service.d/zz-confinement.conf");
    let text = fs::read_to_string(&drop_in)?;
    fs::write(&drop_in, format!("{text}ExecStartPre=/bin/evil\n"))?;
    let install = || tree.confinix().arg(&out);
    refused(
        &tree,
        install(),
        &["cannot trust", "web.service.d/zz-confinement.conf"],
    )?;
    fs::write(&drop_in, text)?;
    install()
        .args(["-s", "web"])
        .fails(2, &["--select has no effect on the existing bundle"])?;
    for arguments in [
        &["--list", "-f", "x"][..],
        &["--rollback", "--uninstall"],
        &["--uninstall", "x"],
    ] {
        tree.confinix().args(arguments).fails(2, &[])?;
    }
    refused(
        &tree,
        tree.confinix().arg("--rollback"),
        &["nothing is installed, so there is nothing to go back from"],
    )?;
    refused(
        &tree,
        tree.confinix().arg("--uninstall"),
        &["nothing is installed in"],
    )?;
    install().succeeds()?;
    refused(
        &tree,
        tree.confinix().arg("--rollback"),
        &["generation 1 is the first"],
    )?;
    refused(
        &tree,
        tree.confinix().args(["--rollback", "7"]),
        &["there is no generation 7: there are 1"],
    )?;
    Ok(())
}

#[test]
fn a_generation_that_was_changed_is_not_gone_back_to() -> Result<()> {
    let tree = Tree::new()?;
    tree.install(&service("web", "1")).succeeds()?;
    tree.install(&service("web", "2")).succeeds()?;
    let unit = tree.at("var/lib/confinix/generations/1/units/web.service");
    fs::write(unit, "[Service]\nExecStart=/bin/evil\n")?;
    let before = tree.units()?;
    tree.confinix()
        .arg("--rollback")
        .fails(3, &["generations/1 is damaged: its web.service"])?;
    same(&tree.units()?, &before)?;
    Ok(())
}
