//! Units of user managers, in a tree. tests/systemd/cases/user.sh installs them for a running manager.

use std::fs;

use anyhow::{Result, ensure};

use super::{Tree, same, service};
use crate::support::{Run, bundle};

/// In the shape of home-manager, and in that of NixOS with a timer.
const SERVICES: &str = r#"{
  services.web = { confinement.enable = true; serviceConfig.ExecStart = "${builtins.toFile "web" ""}"; };
  userServices.sync = {
    Unit.Description = "Syncs";
    Service.ExecStart = "${builtins.toFile "sync" ""} run";
    Install.WantedBy = [ "default.target" ];
    Install.Alias = "other.service";
    X-Confinement.enable = true;
  };
  userServices.tick = {
    confinement.enable = true;
    startAt = "hourly";
    serviceConfig.ExecStart = "${builtins.toFile "tick" ""} run";
  };
  targets.of-system = { };
}"#;

fn tree() -> Result<Tree> {
    let tree = Tree::new()?;
    fs::create_dir_all(tree.at("etc/systemd/user"))?;
    Ok(tree)
}

fn of_users(tree: &Tree, arguments: &[&str]) -> Run {
    tree.confinix().arg("--user").args(arguments)
}

fn user_unit(tree: &Tree, name: &str) -> Result<String> {
    Ok(fs::read_to_string(tree.at("etc/systemd/user").join(name))?)
}

#[test]
fn units_of_user_managers_have_an_installation_of_their_own() -> Result<()> {
    let tree = tree()?;
    tree.install(&service("web", "1")).succeeds()?;
    let of_system = tree.entries()?;
    let ran = of_users(&tree, &["--no-build", "--expr", SERVICES]).succeeds()?;
    let command = "enable sync.service tick.timer";
    let root = tree.at("");
    let root = root.display().to_string();
    let line = format!(
        "systemctl --global --root={} {command}",
        root.trim_end_matches('/')
    );
    ensure!(ran.stdout.contains(&line), "{}", ran.stdout);
    let text = user_unit(&tree, "sync.service")?;
    for part in [
        "Description=Syncs",
        "[Install]",
        "WantedBy=default.target",
        "Alias=other.service",
    ] {
        ensure!(text.contains(part), "no {part}: {text}");
    }
    let drop_in = user_unit(&tree, "sync.service.d/zz-confinement.conf")?;
    ensure!(drop_in.contains("PrivateUsers=yes"), "{drop_in}");
    ensure!(user_unit(&tree, "tick.timer")?.contains("OnCalendar=hourly"));
    assert!(!tree.at("etc/systemd/user/of-system.target").exists());
    assert!(tree.at("nix/var/nix/gcroots/confinix-users/1").is_dir());
    let listed = of_users(&tree, &["--list"]).succeeds()?.stdout;
    ensure!(listed.starts_with("1 "), "{listed}");
    of_users(&tree, &["--uninstall"]).succeeds()?;
    same(&tree.entries()?, &of_system)
}

#[test]
fn a_bundle_tells_for_whom_it_is() -> Result<()> {
    let tree = tree()?;
    let out = tree.at("bundle");
    bundle(["-q", "--user", "--expr", SERVICES, "-o"])
        .arg(&out)
        .succeeds()?;
    for name in ["sync.service", "tick.service"] {
        fs::write(tree.at("etc/systemd/user").join(name), "")?;
    }
    tree.confinix().arg(&out).succeeds()?;
    user_unit(&tree, "tick.service.d/zz-confinement.conf")?;
    of_users(&tree, &["--uninstall"]).succeeds()?;
    // What is evaluated may turn out to be only for users.
    let home = "{ userServices.sync.Service.ExecStart = \"/bin/sync\"; }";
    tree.confinix()
        .args(["--all", "--expr", home])
        .fails(2, &["for user managers: install them with --user"])?;
    Ok(())
}
