//! What an installation keeps: store paths, generations, and the rights to read them.

use std::fs;

use anyhow::{Context, Result, bail, ensure};

use super::{Tree, list, service};
use crate::support::{bundle, names, not_run, program, scratch};

#[test]
fn store_paths_that_are_not_kept_any_more_are_kept_again() -> Result<()> {
    let tree = Tree::new()?;
    let roots = tree.at("nix/var/nix/gcroots/confinix");
    tree.install(&service("web", "1")).succeeds()?;
    let kept = names(&roots.join("1"))?;
    fs::remove_dir_all(&roots)?;
    tree.install(&service("web", "1")).succeeds()?;
    assert_eq!(names(&roots.join("1"))?, kept);
    tree.install(&service("web", "2")).succeeds()?;
    fs::remove_dir_all(roots.join("1"))?;
    tree.confinix().arg("--rollback").succeeds()?;
    assert_eq!(names(&roots.join("1"))?, kept);
    Ok(())
}

#[test]
fn everyone_may_read_and_only_root_may_write_whatever_the_umask() -> Result<()> {
    for umask in ["077", "000"] {
        let tree = Tree::new()?;
        let out = tree.at("bundle");
        let set = format!("{{ services = {{ {} }}; }}", service("web", "1"));
        bundle(["-q", "--expr", &set, "-o"]).arg(&out).succeeds()?;
        fs::write(tree.unit("web.service"), "")?;
        program(
            "sh",
            [
                "-c",
                r#"umask "$1"; exec "$2" install -q --root "$3" "$4""#,
                "sh",
                umask,
            ],
        )
        .arg(env!("CARGO_BIN_EXE_confinix"))
        .arg(tree.at(""))
        .arg(&out)
        .succeeds()?;
        for (path, (mode, _)) in tree.entries()? {
            let is_ours = [
                "etc/systemd/system/web.service.d",
                "var/lib/confinix",
                "nix/var/nix/gcroots/confinix",
            ]
            .iter()
            .any(|place| path.starts_with(place));
            if is_ours && !fs::symlink_metadata(tree.at("").join(&path))?.is_symlink() {
                ensure!(
                    mode & 0o044 == 0o044 && mode & 0o022 == 0,
                    "umask {umask}: {} has mode {mode:o}",
                    path.display()
                );
            }
        }
    }
    Ok(())
}

/// So many calls that remove something are the last one of a run.
const TURNS: u32 = 40;

#[test]
fn a_run_that_is_killed_while_it_removes_old_generations_leaves_none_by_half() -> Result<()> {
    let start = Tree::new()?;
    for text in 1..=10 {
        start
            .install(&service("web", &text.to_string()))
            .succeeds()?;
    }
    let out = start.at("bundle");
    let set = format!("{{ services = {{ {} }}; }}", service("web", "11"));
    bundle(["-q", "--expr", &set, "-o"]).arg(&out).succeeds()?;
    fs::create_dir_all(start.at("usr/lib/systemd/system"))?;
    fs::write(start.at("usr/lib/systemd/system/web.service"), "")?;
    for turn in 1..TURNS {
        let tree = Tree(scratch()?);
        program("cp", ["-a"])
            .arg(start.at("."))
            .arg(tree.at(""))
            .succeeds()?;
        let strace = program("strace", ["-f", "-qq", "-o", "/dev/null"])
            .arg("--trace=unlinkat")
            .arg(format!("--inject=unlinkat:signal=KILL:when={turn}"))
            .args([env!("CARGO_BIN_EXE_confinix"), "install", "-q", "--root"])
            .arg(tree.at(""))
            .arg(&out);
        let is_whole = match strace.run().map(|ran| ran.code) {
            Ok(Some(0)) => true,
            Ok(None) => false,
            _ => return not_run("kills at a call", "there is no strace, or it may not trace"),
        };
        list(&tree).with_context(|| format!("killed at removal {turn}"))?;
        if is_whole {
            ensure!(turn > 5, "nothing was removed");
            return Ok(());
        }
    }
    bail!("more than {TURNS} removals")
}
