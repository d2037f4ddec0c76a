//! `confinix install` in a tree of its own. tests/systemd/cases/install.sh runs it under a real systemd.

mod interrupted;
mod kept;
mod links;
mod lost;
mod refused;
mod told;
mod units;
mod users;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::support::{Run, confinix, names, scratch};

/// What a path of a tree is: its mode, and its content or target.
type Entries = BTreeMap<PathBuf, (u32, Vec<u8>)>;

/// The tree of a machine with systemd and Nix, whose store is that of the test.
pub struct Tree(TempDir);

impl Tree {
    pub fn new() -> Result<Self> {
        let scratch = scratch()?;
        let at = |path: &str| scratch.path().join(path);
        fs::create_dir_all(at("etc/systemd/system"))?;
        fs::create_dir_all(at("var/lib"))?;
        fs::create_dir_all(at("nix/var/nix/gcroots"))?;
        symlink("/nix/store", at("nix/store"))?;
        Ok(Self(scratch))
    }

    pub fn at(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    /// A file in the directory of units.
    pub fn unit(&self, path: &str) -> PathBuf {
        self.at("etc/systemd/system").join(path)
    }

    pub fn confinix(&self) -> Run {
        confinix(["install", "--root"]).arg(self.0.path())
    }

    /// A run that installs these services, attributes of a plain set.
    pub fn install(&self, services: &str) -> Run {
        let set = format!("{{ services = {{ {services} }}; }}");
        self.install_set(&set)
    }

    /// A run that installs a set.
    pub fn install_set(&self, set: &str) -> Run {
        let run = self.confinix().args(["--no-build", "--strategy", "bind"]);
        run.args(["--expr", set])
    }

    /// Everything in the tree.
    pub fn entries(&self) -> Result<Entries> {
        let mut entries = Entries::new();
        let mut left = vec![self.0.path().to_owned()];
        while let Some(directory) = left.pop() {
            for entry in fs::read_dir(directory)? {
                let path = entry?.path();
                let metadata = fs::symlink_metadata(&path)?;
                let content = if metadata.is_dir() {
                    left.push(path.clone());
                    Vec::new()
                } else if metadata.is_symlink() {
                    fs::read_link(&path)?.into_os_string().into_encoded_bytes()
                } else {
                    fs::read(&path)?
                };
                let name = path.strip_prefix(self.0.path())?.to_owned();
                entries.insert(name, (metadata.mode(), content));
            }
        }
        Ok(entries)
    }

    /// What is in the directory of units.
    pub fn units(&self) -> Result<Entries> {
        let mut entries = self.entries()?;
        let units = Path::new("etc/systemd/system");
        entries.retain(|path, _| path.starts_with(units) && path != units);
        Ok(entries)
    }

    pub fn text(&self, path: &str) -> Result<String> {
        let path = self.unit(path);
        fs::read_to_string(&path).with_context(|| format!("no {}", path.display()))
    }

    /// The names of the generations whose store paths are kept.
    pub fn kept(&self) -> Result<Vec<String>> {
        let kept = self.at("nix/var/nix/gcroots/confinix");
        if fs::exists(&kept)? {
            names(&kept)
        } else {
            Ok(Vec::new())
        }
    }
}

/// Fails if two trees differ, and names the paths.
pub fn same(found: &Entries, expected: &Entries) -> Result<()> {
    let paths: std::collections::BTreeSet<_> = found.keys().chain(expected.keys()).collect();
    let differing: Vec<_> = paths
        .into_iter()
        .filter(|path| found.get(*path) != expected.get(*path))
        .map(|path| path.display().to_string())
        .collect();
    ensure!(
        differing.is_empty(),
        "these differ: {}",
        differing.join(" ")
    );
    Ok(())
}

/// A confined service, as an attribute of a plain set, whose closure is its own for each text.
pub fn service(name: &str, text: &str) -> String {
    format!(
        r#"{name} = {{ confinement.enable = true; wantedBy = [ "multi-user.target" ];
           serviceConfig.ExecStart = "${{builtins.toFile "{name}" "{text}"}} x"; }};"#
    )
}

fn list(tree: &Tree) -> Result<Vec<String>> {
    let listed = tree.confinix().arg("--list").succeeds()?.stdout;
    let line = |line: &str| {
        let number = line.split(' ').next().unwrap_or_default();
        let is_current = line.ends_with("(current)");
        format!("{number}{}", if is_current { " current" } else { "" })
    };
    Ok(listed.lines().map(line).collect())
}

#[test]
fn what_is_installed_can_be_changed_taken_back_and_removed_without_a_trace() -> Result<()> {
    let tree = Tree::new()?;
    fs::write(
        tree.unit("other.service"),
        "[Service]\nExecStart=/bin/true\n",
    )?;
    let empty = tree.entries()?;
    let first = format!("{}{}", service("web", "1"), service("api", "1"));
    tree.install(&first).succeeds()?;
    let one = tree.units()?;
    assert_eq!(
        names(&tree.at("etc/systemd/system"))?,
        [
            "api.service",
            "api.service.d",
            "other.service",
            "web.service",
            "web.service.d"
        ]
    );
    let ran = tree.install(&first).succeeds()?;
    assert_eq!(
        ran.stdout,
        "generation 1 is installed: no file had to change\n"
    );
    assert_eq!(list(&tree)?, ["1 current"]);
    tree.install(&format!("{}{}", service("web", "2"), service("new", "1")))
        .succeeds()?;
    let two = tree.units()?;
    assert!(!tree.unit("api.service.d").exists() && tree.unit("new.service").exists());
    ensure!(one != two);
    assert_eq!(list(&tree)?, ["2 current", "1"]);
    assert_eq!(tree.kept()?, ["1", "2"]);
    tree.confinix().arg("--rollback").succeeds()?;
    same(&tree.units()?, &one)?;
    assert_eq!(list(&tree)?, ["2", "1 current"]);
    tree.confinix().args(["--rollback", "2"]).succeeds()?;
    same(&tree.units()?, &two)?;
    tree.confinix().arg("--uninstall").succeeds()?;
    same(&tree.entries()?, &empty)?;
    Ok(())
}

#[test]
fn a_dry_run_prints_the_difference_and_changes_nothing() -> Result<()> {
    let tree = Tree::new()?;
    let empty = tree.entries()?;
    let ran = tree
        .install(&service("web", "1"))
        .arg("--dry-run")
        .run()?
        .with_code(1)?;
    assert!(
        ran.stdout
            .contains("--- /dev/null\n+++ b/web.service\n@@ -0,0 +1,"),
        "{}",
        ran.stdout
    );
    same(&tree.entries()?, &empty)?;
    tree.install(&service("web", "1")).succeeds()?;
    let installed = tree.entries()?;
    let ran = tree
        .install(&service("web", "1"))
        .arg("--dry-run")
        .succeeds()?;
    assert_eq!(ran.stdout, "no file would change\n");
    let ran = tree
        .install(&service("web", "2"))
        .arg("--dry-run")
        .env("CLICOLOR_FORCE", "1")
        .run()?
        .with_code(1)?;
    let changed: Vec<_> = ran
        .stdout
        .lines()
        .filter(|line| line.contains("ExecStart="))
        .collect();
    assert_eq!(changed.len(), 2, "{}", ran.stdout);
    assert!(
        changed[0].starts_with("\u{1b}[1;31m-") && changed[1].starts_with("\u{1b}[32m+"),
        "{changed:?}"
    );
    same(&tree.entries()?, &installed)?;
    Ok(())
}

#[test]
fn generations_are_kept_up_to_a_number_and_their_store_paths_with_them() -> Result<()> {
    let tree = Tree::new()?;
    for text in 1..=12 {
        tree.install(&service("web", &text.to_string()))
            .succeeds()?;
    }
    let kept = tree.kept()?;
    assert_eq!(kept.len(), 10);
    assert_eq!(list(&tree)?.len(), 10);
    let roots = tree.at("nix/var/nix/gcroots/confinix/12");
    for name in names(&roots)? {
        assert_eq!(
            fs::read_link(roots.join(&name))?,
            Path::new("/nix/store").join(&name)
        );
    }
    assert!(
        !kept.contains(&"2".to_owned()) && kept.contains(&"3".to_owned()),
        "{kept:?}"
    );
    Ok(())
}
