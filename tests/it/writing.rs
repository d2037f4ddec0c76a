//! The bundle appears whole or not at all, and never in place of something else.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::json;
use tempfile::TempDir;

use crate::made::{self, Recording};
use crate::support::{Ran, confinix, files, names, program, scratch};

/// Recordings of one service in a directory of their own, and an empty directory beside it in which to write.
fn setting() -> Result<(TempDir, PathBuf)> {
    let scratch = scratch()?;
    record(scratch.path(), "/nix/store")?;
    let place = scratch.path().join("place");
    fs::create_dir(&place)?;
    Ok((scratch, place))
}

fn record(directory: &Path, argument: &str) -> Result<()> {
    let services = made::one(
        "a.service",
        &made::service(&format!("{} {argument}", made::path(0))),
    );
    Recording::of(directory, &services, &made::graph(&[&[]]))?;
    Ok(())
}

/// `confinix bundle` of the recordings, within `place`.
fn bundle(place: &Path, output: &str) -> crate::support::Run {
    confinix([
        "bundle",
        "--services",
        "../services.json",
        "--graph",
        "../graph.json",
        "-o",
        output,
    ])
    .within(place)
}

#[test]
fn any_way_to_name_a_directory_will_do() -> Result<()> {
    let (_scratch, place) = setting()?;
    fs::create_dir(place.join("sub"))?;
    for name in [
        "out",
        "out/",
        "./out",
        "sub/out",
        "sub/../other",
        "./sub//deep/",
        "ä b\n%n",
        "-",
    ] {
        for _ in 0..2 {
            bundle(&place, name)
                .succeeds()
                .with_context(|| format!("-o {name:?}"))?;
        }
        confinix(["verify", "--offline", "--", name])
            .within(&place)
            .succeeds()?;
    }
    assert_eq!(names(&place)?, ["-", "other", "out", "sub", "ä b\n%n"]);
    assert_eq!(names(&place.join("sub"))?, ["deep", "out"]);
    Ok(())
}

#[test]
fn a_bundle_is_replaced_whole() -> Result<()> {
    let (scratch, place) = setting()?;
    bundle(&place, "out").succeeds()?;
    let first = files(&place.join("out"))?;
    let services = made::one("b.service", &made::service(&made::path(0)));
    Recording::of(scratch.path(), &services, &made::graph(&[&[]]))?;
    bundle(&place, "out").succeeds()?;
    let second = files(&place.join("out"))?;
    assert_ne!(first, second);
    assert!(
        !second
            .iter()
            .any(|(name, _)| name.to_string_lossy().contains("a.service"))
    );
    assert_eq!(names(&place)?, ["out"]);
    Ok(())
}

#[test]
fn others_can_read_a_bundle() -> Result<()> {
    let (_scratch, place) = setting()?;
    bundle(&place, "out").succeeds()?;
    let mode = |name: &str| {
        Ok::<_, anyhow::Error>(fs::metadata(place.join(name))?.permissions().mode() & 0o555)
    };
    assert_eq!(mode("out")?, 0o555);
    assert_eq!(mode("out/bundle.json")?, 0o444);
    Ok(())
}

/// Writing to `name` fails with these words, and changes nothing.
fn untouched(place: &Path, name: &str, parts: &[&str]) -> Result<()> {
    let before = (files(place)?, names(place)?);
    bundle(place, name).fails(3, parts)?;
    assert_eq!((files(place)?, names(place)?), before, "-o {name}");
    Ok(())
}

#[test]
fn what_is_no_bundle_is_left_as_it_is() -> Result<()> {
    let (_scratch, place) = setting()?;
    let left = "is left as it is";
    fs::create_dir(place.join("empty"))?;
    untouched(
        &place,
        "empty",
        &["empty", left, "only a bundle is replaced", "-o"],
    )?;
    fs::write(place.join("file"), "text")?;
    untouched(&place, "file", &["file", left, "not a directory"])?;
    untouched(&place, "file/out", &["file/out"])?;
    fs::create_dir(place.join("home"))?;
    fs::write(place.join("home/letter"), "dear")?;
    untouched(&place, "home", &["home", left])?;
    fs::create_dir(place.join("similar"))?;
    fs::write(place.join("similar/bundle.json"), "{}")?;
    untouched(&place, "similar", &["similar", left])?;
    fs::write(
        place.join("similar/bundle.json"),
        "{ \"services\": {}, \"version\": 1 }",
    )?;
    untouched(
        &place,
        "similar",
        &["similar", left, "only a bundle is replaced"],
    )?;
    untouched(&place, ".", &[left])?;
    untouched(&place, "..", &[left])?;
    untouched(&place, "/", &[left])?;
    Ok(())
}

#[test]
fn a_bundle_with_a_foreign_file_is_left_as_it_is() -> Result<()> {
    let (_scratch, place) = setting()?;
    bundle(&place, "out").succeeds()?;
    fs::write(place.join("out/notes"), "mine")?;
    untouched(
        &place,
        "out",
        &["out is left as it is", "notes", "move it elsewhere"],
    )?;
    fs::rename(place.join("out/notes"), place.join("out/lib/systemd/notes"))?;
    untouched(&place, "out", &["lib/systemd/notes"])?;
    Ok(())
}

#[test]
fn a_bundle_whose_files_were_edited_is_left_as_it_is() -> Result<()> {
    let (_scratch, place) = setting()?;
    bundle(&place, "out").succeeds()?;
    let other = place.join("out/lib/systemd/system/a.service.d/override.conf");
    fs::write(other, "[Service]\n")?;
    untouched(&place, "out", &["override.conf"])?;
    Ok(())
}

#[test]
fn a_symlink_is_neither_followed_nor_replaced() -> Result<()> {
    let (_scratch, place) = setting()?;
    bundle(&place, "real").succeeds()?;
    symlink("real", place.join("link"))?;
    symlink("nowhere", place.join("dangling"))?;
    let before = files(&place.join("real"))?;
    for name in ["link", "link/", "dangling", "dangling/"] {
        bundle(&place, name).fails(3, &[name, "not a directory"])?;
    }
    assert_eq!(files(&place.join("real"))?, before);
    assert_eq!(fs::read_link(place.join("link"))?, Path::new("real"));
    assert_eq!(names(&place)?, ["dangling", "link", "real"]);
    Ok(())
}

#[test]
fn the_directory_that_one_stands_in_cannot_be_exchanged() -> Result<()> {
    let (scratch, place) = setting()?;
    bundle(&place, "out").succeeds()?;
    let before = files(&place.join("out"))?;
    let run = |output: &str| {
        confinix(["bundle"])
            .arg("--services")
            .arg(scratch.path().join("services.json"))
            .arg("--graph")
            .arg(scratch.path().join("graph.json"))
            .args(["-o", output])
            .within(place.join("out"))
    };
    run(".").fails(3, &["-o", "by its name"])?;
    assert_eq!(files(&place.join("out"))?, before);
    assert_eq!(names(&place)?, ["out"]);
    assert_eq!(names(&place.join("out"))?, ["bundle.json", "lib"]);
    run("../out").succeeds()?;
    Ok(())
}

#[test]
fn a_parent_that_is_not_there_is_named() -> Result<()> {
    let (_scratch, place) = setting()?;
    untouched(
        &place,
        "no/such/out",
        &[
            "could not make a directory in no/such",
            "No such file or directory",
        ],
    )?;
    Ok(())
}

/// Runs as a user who may not write.
fn as_nobody(run: crate::support::Run) -> Result<Option<Ran>> {
    if !is_root() {
        return Ok(None);
    }
    let mut command = run.command();
    command.uid(65534).gid(65534);
    Ok(Some(Ran::of(command.output()?)?))
}

fn is_root() -> bool {
    fs::metadata("/proc/self")
        .is_ok_and(|metadata| std::os::unix::fs::MetadataExt::uid(&metadata) == 0)
}

/// A place that everybody can reach, with the binary in it: the checkout may lie where others may not look.
fn public() -> Result<(TempDir, PathBuf)> {
    let scratch = tempfile::tempdir()?;
    fs::set_permissions(scratch.path(), fs::Permissions::from_mode(0o755))?;
    let binary = scratch.path().join("confinix");
    fs::copy(env!("CARGO_BIN_EXE_confinix"), &binary)?;
    record(scratch.path(), "x")?;
    Ok((scratch, binary))
}

#[test]
fn where_one_may_not_write_nothing_is_written() -> Result<()> {
    let (scratch, binary) = public()?;
    let run = || {
        program(
            &binary,
            [
                "bundle",
                "--services",
                "services.json",
                "--graph",
                "graph.json",
                "-o",
                "out",
            ],
        )
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
            .starts_with("confinix: could not make a directory in .: Permission denied"),
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
    program(
        &binary,
        [
            "bundle",
            "-q",
            "--services",
            "services.json",
            "--graph",
            "graph.json",
            "-o",
            "out",
        ],
    )
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
            "confinix: could not read out/bundle.json: Permission denied (os error 13)\n"
        );
    }
    fs::set_permissions(
        scratch.path().join("out"),
        fs::Permissions::from_mode(0o755),
    )?;
    Ok(())
}

/// A graph of so many paths that its bundle is larger than what there is room for.
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
        // Without the right to mount, the limit on the size of files below stands for it.
        eprintln!("a full disk is not tried: no right to mount a small tmpfs");
        return Ok(());
    }
    record(scratch.path(), "first")?;
    let script = format!(
        r#"{mounted} -o out && cp -r out ../before
        cp ../much/*.json .. && ! "$@" -o out 2> ../said && rm -f junk && cp -r out ../after && ls -A > ../listing"#
    );
    fs::create_dir(scratch.path().join("much"))?;
    record_much(&scratch.path().join("much"))?;
    let binary = env!("CARGO_BIN_EXE_confinix");
    program(
        "unshare",
        [
            "--mount",
            "sh",
            "-euc",
            &script,
            "sh",
            binary,
            "bundle",
            "-q",
            "--services",
            "../services.json",
            "--graph",
            "../graph.json",
        ],
    )
    .within(&place)
    .succeeds()?;
    let said = fs::read_to_string(scratch.path().join("said"))?;
    assert!(
        said.starts_with("confinix: could not write the bundle to out: could not write ")
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
fn a_file_that_may_not_grow_leaves_the_old_bundle_as_it_was() -> Result<()> {
    let (scratch, place) = setting()?;
    bundle(&place, "out").succeeds()?;
    let before = files(&place.join("out"))?;
    record_much(scratch.path())?;
    let binary = env!("CARGO_BIN_EXE_confinix");
    let ran = program(
        "bash",
        [
            "-c",
            r#"trap '' XFSZ; ulimit -f 20; exec "$@""#,
            "bash",
            binary,
            "bundle",
            "--services",
            "../services.json",
            "--graph",
            "../graph.json",
            "-o",
            "out",
        ],
    )
    .within(&place)
    .fails(3, &["could not write", "File too large"])?;
    assert!(
        ran.stderr
            .starts_with("confinix: could not write the bundle to out: "),
        "{}",
        ran.stderr
    );
    assert_eq!(files(&place.join("out"))?, before);
    assert_eq!(names(&place)?, ["out"]);
    Ok(())
}

#[test]
fn a_place_that_cannot_be_written_is_known_before_nix_works() -> Result<()> {
    let scratch = scratch()?;
    fs::write(scratch.path().join("file"), "")?;
    let path = crate::support::fake_nix(scratch.path(), "touch \"$PWD/was-called\"; exit 1")?;
    confinix(["bundle", "--expr", "{ }", "-o", "file"])
        .env("PATH", path)
        .within(scratch.path())
        .fails(3, &["file is left as it is"])?;
    assert!(!scratch.path().join("was-called").exists());
    Ok(())
}
