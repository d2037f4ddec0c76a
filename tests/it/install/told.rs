//! The commands that are left to the user.

use std::fs;
use std::os::unix::fs::symlink;

use anyhow::Result;

use super::{Tree, service};

/// The commands that a run told, without `systemctl --root=DIR`, and what each is for.
fn commands(text: &str) -> Vec<&str> {
    let lines = text
        .lines()
        .filter_map(|line| line.strip_prefix("  systemctl --root="));
    lines
        .filter_map(|line| Some(line.split_once(' ')?.1))
        .collect()
}

#[test]
fn the_commands_that_are_left_to_the_user_are_told() -> Result<()> {
    let tree = Tree::new()?;
    let ran = tree.install(&service("web", "1")).succeeds()?;
    let root = tree
        .at("")
        .to_string_lossy()
        .trim_end_matches('/')
        .to_owned();
    assert_eq!(
        ran.stdout,
        format!(
            "generation 1 is installed: 2 files new, 0 changed, 0 removed\n\
             Nothing was started or stopped. Next:\n  systemctl --root={root} enable web.service  # new\n"
        )
    );
    Ok(())
}

#[test]
fn services_that_are_called_as_views_are_have_commands() -> Result<()> {
    let tree = Tree::new()?;
    let services = ["confinix-web", "run-confinix-web"].map(|name| service(name, "1"));
    let ran = tree.install(&services.concat()).succeeds()?;
    assert_eq!(
        commands(&ran.stdout),
        ["enable confinix-web.service run-confinix-web.service  # new"]
    );
    Ok(())
}

#[test]
fn names_that_begin_with_a_dash_are_no_options() -> Result<()> {
    let tree = Tree::new()?;
    let web = service("web", "1").replacen("web", "\"-web\"", 1);
    let ran = tree.install(&web).succeeds()?;
    assert_eq!(commands(&ran.stdout), ["enable -- -web.service  # new"]);
    fs::write(tree.unit("-web.service"), "")?;
    tree.confinix()
        .arg("--uninstall")
        .fails(3, &["(systemctl edit -- -web.service)"])?;
    fs::remove_file(tree.unit("-web.service"))?;
    symlink("/dev/null", tree.unit("-web.service"))?;
    tree.confinix()
        .arg("--uninstall")
        .fails(3, &["(systemctl unmask -- -web.service)"])?;
    Ok(())
}

#[test]
fn a_dry_run_does_not_speak_of_what_was_done() -> Result<()> {
    let tree = Tree::new()?;
    let ran = tree
        .install(&service("web", "1"))
        .arg("--dry-run")
        .run()?
        .with_code(1)?;
    assert_eq!(commands(&ran.stdout), ["enable web.service  # new"]);
    assert!(!ran.stdout.contains("Nothing was"), "{}", ran.stdout);
    Ok(())
}

#[test]
fn what_an_interrupted_run_would_have_told_is_told_by_the_next() -> Result<()> {
    let tree = Tree::new()?;
    let state = |name: &str| tree.at("var/lib/confinix").join(name);
    let one = service("web", "1");
    // All of its units are in place, and it told nothing.
    tree.install(&one).succeeds()?;
    fs::rename(state("current"), state("next"))?;
    let ran = tree.install(&one).succeeds()?;
    assert_eq!(commands(&ran.stdout), ["enable web.service  # new"]);
    // The same of one that installed another service.
    tree.install(&(one.clone() + &service("api", "1")))
        .succeeds()?;
    fs::remove_file(state("current"))?;
    symlink("generations/1", state("current"))?;
    symlink("generations/2", state("next"))?;
    let ran = tree.install(&(one + &service("new", "1"))).succeeds()?;
    assert_eq!(commands(&ran.stdout), ["enable new.service  # new"]);
    Ok(())
}

#[test]
fn units_of_packages_are_read_as_systemd_reads_them() -> Result<()> {
    for (install, more, told) in [
        ("[Install]\n# WantedBy=a.target\n", "", &[][..]),
        (
            "[Install]\nWantedBy = \\\n a.target\n",
            "",
            &["enable web.service  # new"],
        ),
        (
            "[Install]\nWantedBy=a.target\n",
            "[Install]\nWantedBy=\n",
            &[],
        ),
    ] {
        let tree = Tree::new()?;
        let units = tree.at("package/lib/systemd/system");
        fs::create_dir_all(units.join("web.service.d"))?;
        fs::write(
            units.join("web.service"),
            format!("[Service]\nExecStart=/bin/web\n{install}"),
        )?;
        fs::write(units.join("web.service.d/more.conf"), more)?;
        let set = format!(
            r#"{{ packages = [ (builtins.path {{ path = "{}"; name = "package"; }}) ];
                 services.web.confinement.enable = true; }}"#,
            tree.at("package").display()
        );
        let ran = tree.install_set(&set).arg("--impure").succeeds()?;
        assert_eq!(commands(&ran.stdout), told, "{install}{more}");
    }
    Ok(())
}
