//! Without permission or space to write, confinix writes nothing and keeps existing files.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::json;
use tempfile::TempDir;

use crate::made::{self, Recording};
use crate::support::{Ran, Run, files, install, names, not_run, program};
use crate::writing::{bundle, record, setting};

/// Runs as a user without write permission.
fn as_nobody(run: Run) -> Result<Option<Ran>> {
    if !is_root() {
        return Ok(None);
    }
    let mut command = run.command();
    command.uid(65534).gid(65534);
    Ok(Some(Ran::of(command.output()?)?))
}

pub fn is_root() -> bool {
    fs::metadata("/proc/self")
        .is_ok_and(|metadata| std::os::unix::fs::MetadataExt::uid(&metadata) == 0)
}

/// Creates a directory that all users can access, with a copy of the binary: the checkout may not be accessible to others.
fn public() -> Result<(TempDir, PathBuf)> {
    let scratch = tempfile::tempdir()?;
    fs::set_permissions(scratch.path(), fs::Permissions::from_mode(0o755))?;
    let binary = scratch.path().join("confinix");
    install(env!("CARGO_BIN_EXE_confinix"), &binary)?;
    record(scratch.path(), "x")?;
    Ok((scratch, binary))
}

#[test]
fn where_one_may_not_write_nothing_is_written() -> Result<()> {
    let (scratch, binary) = public()?;
    let run = || {
        program(&binary, made::BUNDLE)
            .args(["-o", "out"])
            .within(scratch.path())
    };
    let ran = if let Some(ran) = as_nobody(run())? {
        ran
    } else {
        fs::set_permissions(scratch.path(), fs::Permissions::from_mode(0o555))?;
        run().run()?
    };
    let ran = ran.with_code(3)?;
    assert!(
        ran.stderr
            .starts_with("confinix: cannot create a directory in . (choose another -o)")
            && ran.stderr.contains("Permission denied"),
        "{}",
        ran.stderr
    );
    fs::set_permissions(scratch.path(), fs::Permissions::from_mode(0o755))?;
    assert!(!scratch.path().join("out").exists());
    Ok(())
}

#[test]
fn an_unreadable_bundle_is_named() -> Result<()> {
    let (scratch, binary) = public()?;
    program(&binary, made::BUNDLE)
        .args(["-q", "-o", "out"])
        .within(scratch.path())
        .succeeds()?;
    fs::set_permissions(
        scratch.path().join("out"),
        fs::Permissions::from_mode(0o000),
    )?;
    for command in ["show", "verify"] {
        let run = program(&binary, [command, "out"]).within(scratch.path());
        let Some(ran) = as_nobody(run)? else {
            let ran = program(&binary, [command, "out"])
                .within(scratch.path())
                .run()?
                .with_code(3)?;
            assert!(ran.stderr.contains("Permission denied"));
            continue;
        };
        let ran = ran.with_code(3)?;
        assert_eq!(
            ran.stderr,
            "confinix: cannot read out/bundle.json: Permission denied (os error 13)\n"
        );
    }
    fs::set_permissions(
        scratch.path().join("out"),
        fs::Permissions::from_mode(0o755),
    )?;
    Ok(())
}

/// Writes a graph with so many paths that its bundle does not fit.
fn record_much(directory: &Path) -> Result<()> {
    let graph: serde_json::Map<_, _> = (0..2000)
        .map(|number| {
            (
                made::path(number),
                made::info(&(0..number.min(3)).collect::<Vec<_>>()),
            )
        })
        .collect();
    let commands: Vec<_> = (0..2000)
        .map(|number| made::text(&made::path(number)))
        .collect();
    let mut service = made::service("");
    service["exec"]["ExecStart"] = json!(commands);
    Recording::of(directory, &made::one("a.service", &service), &graph.into())?;
    Ok(())
}

#[test]
fn a_full_disk_leaves_the_old_bundle_as_it_was() -> Result<()> {
    let (scratch, place) = setting()?;
    let mounted = r#"mount -t tmpfs -o size=256k tmpfs "$PWD" && cd "$PWD" && "$@""#;
    if !program("unshare", ["--mount", "sh", "-euc", mounted, "sh", "true"])
        .within(&place)
        .run()
        .is_ok_and(|ran| ran.code == Some(0))
    {
        // Without permission to mount, only the file size limit below is tested.
        return not_run("a full disk", "no right to mount a small tmpfs");
    }
    record(scratch.path(), "first")?;
    let script = format!(
        r#"{mounted} -o out && cp -r out ../before
        cp ../much/*.json .. && ! "$@" -o out 2> ../said && rm -f junk && cp -r out ../after && ls -A > ../listing"#
    );
    fs::create_dir(scratch.path().join("much"))?;
    record_much(&scratch.path().join("much"))?;
    let binary = env!("CARGO_BIN_EXE_confinix");
    program("unshare", ["--mount", "sh", "-euc", &script, "sh", binary])
        .args(made::BUNDLE_ABOVE)
        .arg("-q")
        .within(&place)
        .succeeds()?;
    let said = fs::read_to_string(scratch.path().join("said"))?;
    assert!(
        said.starts_with("confinix: cannot write the bundle to out (make room there, or choose")
            && said.contains("No space left on device"),
        "{said}"
    );
    assert_eq!(
        files(&scratch.path().join("after"))?,
        files(&scratch.path().join("before"))?
    );
    assert_eq!(fs::read_to_string(scratch.path().join("listing"))?, "out\n");
    Ok(())
}

#[test]
fn a_bundle_on_which_something_is_mounted_is_left_as_it_is() -> Result<()> {
    let (_scratch, place) = setting()?;
    bundle(&place, "out").succeeds()?;
    let mounted = "mount --bind out out && ! \"$@\" -o out 2> said";
    let binary = env!("CARGO_BIN_EXE_confinix");
    let ran = program("unshare", ["--mount", "sh", "-euc", mounted, "sh", binary])
        .args(made::BUNDLE_ABOVE)
        .within(&place)
        .run()?;
    if ran.stderr.contains("unshare") || ran.stderr.contains("mount:") {
        return not_run("a mounted bundle", "no right to mount one");
    }
    ran.with_code(0)?;
    let said = fs::read_to_string(place.join("said"))?;
    assert!(
        said.contains("cannot put the bundle in place at out: a mount point can't be replaced"),
        "{said}"
    );
    Ok(())
}

#[test]
fn a_file_that_may_not_grow_leaves_the_old_bundle_as_it_was() -> Result<()> {
    let (scratch, place) = setting()?;
    bundle(&place, "out").succeeds()?;
    let before = files(&place.join("out"))?;
    record_much(scratch.path())?;
    let binary = env!("CARGO_BIN_EXE_confinix");
    let limited = r#"trap '' XFSZ; ulimit -f 20; exec "$@""#;
    let ran = program("bash", ["-c", limited, "bash", binary])
        .args(made::BUNDLE_ABOVE)
        .args(["-o", "out"])
        .within(&place)
        .fails(3, &["cannot write", "File too large"])?;
    assert!(
        ran.stderr
            .starts_with("confinix: cannot write the bundle to out (make room there, or choose"),
        "{}",
        ran.stderr
    );
    assert_eq!(files(&place.join("out"))?, before);
    assert_eq!(names(&place)?, ["out"]);
    Ok(())
}
