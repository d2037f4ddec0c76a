//! confinix writes a bundle whole or not at all, and never replaces anything else.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::json;
use tempfile::TempDir;

use crate::made::{self, Recording};
use crate::support::{
    Run, bundle_json, closure_paths, confinix, fake_nix, files, keys, names, scratch,
};

/// Creates recordings of one service in a directory, and an empty directory beside it to write to.
pub fn setting() -> Result<(TempDir, PathBuf)> {
    let scratch = scratch()?;
    record(scratch.path(), "/nix/store")?;
    let place = scratch.path().join("place");
    fs::create_dir(&place)?;
    Ok((scratch, place))
}

pub fn record(directory: &Path, argument: &str) -> Result<()> {
    let services = made::one(
        "a.service",
        &made::service(&format!("{} {argument}", made::path(0))),
    );
    Recording::of(directory, &services, &made::graph(&[&[]]))?;
    Ok(())
}

/// Returns a run of `confinix bundle` for the recordings, in `place`.
pub fn bundle(place: &Path, output: &str) -> Run {
    confinix(made::BUNDLE_ABOVE)
        .args(["-o", output])
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
        "sub/dot/.",
        "ä b\n%n",
        "./-",
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
    assert_eq!(names(&place.join("sub"))?, ["deep", "dot", "out"]);
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
fn a_bundle_of_version_2_is_replaced_with_the_files_of_its_views() -> Result<()> {
    let (_scratch, place) = setting()?;
    bundle(&place, "out").succeeds()?;
    let out = place.join("out");
    let fresh = files(&out)?;
    // Each closure had its own view, and the names of its paths.
    let mut json = bundle_json(&out)?;
    let id = keys(&json["closures"])?.remove(0);
    let units = "lib/systemd/system";
    let view = [
        format!("{units}/confinix-view@.service"),
        format!("{units}/confinix-{id}.erofs"),
        format!("{units}/run-confinix-.mount.d/zz-confinix.conf"),
        format!("{units}/run-confinix-meta-{id}.mount"),
        format!("{units}/run-confinix-view-{id}.mount"),
    ];
    let listed = view
        .each_ref()
        .map(|path| json!({ "path": path, "sha256": made::HASH }));
    json["closures"][&id]["view"] =
        json!({ "files": listed, "place": format!("/run/confinix/view/{id}") });
    json["closures"][&id]["paths"] = json!(closure_paths(&json, &id)?);
    json["paths"][made::path(0)]["directory"] = json!(true);
    json["version"] = json!(2);
    json["seal"] = json!(crate::seal::of(&json)?);
    let old = |name: &str| -> Result<()> {
        fs::create_dir_all(out.join(units).join("run-confinix-.mount.d"))?;
        for path in view.iter().filter(|path| !path.ends_with(name)) {
            fs::write(out.join(path), "")?;
        }
        Ok(fs::write(out.join("bundle.json"), json.to_string())?)
    };
    old("")?;
    for command in ["show", "verify"] {
        confinix([command]).arg(&out).fails(
            3,
            &["version 2 is not supported, expected version 3: make the bundle again"],
        )?;
    }
    // What its list does not have is not its own.
    fs::write(out.join(units).join("other.mount"), "")?;
    untouched(&place, "out", &["out was not changed", "other.mount"])?;
    fs::remove_file(out.join(units).join("other.mount"))?;
    bundle(&place, "out").succeeds()?;
    assert_eq!(files(&out)?, fresh);
    assert_eq!(names(&place)?, ["out"]);
    assert_eq!(names(&out.join(units))?, ["a.service.d"]);
    confinix(["verify", "--offline"]).arg(&out).succeeds()?;
    // One of its files may be gone.
    old(".mount")?;
    bundle(&place, "out").succeeds()?;
    assert_eq!(files(&out)?, fresh);
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

/// Writing to `name` must fail with these words and change nothing.
fn untouched(place: &Path, name: &str, parts: &[&str]) -> Result<()> {
    let before = (files(place)?, names(place)?);
    bundle(place, name).fails(3, parts)?;
    assert_eq!((files(place)?, names(place)?), before, "-o {name}");
    Ok(())
}

#[test]
fn what_is_no_bundle_is_left_as_it_is() -> Result<()> {
    let (_scratch, place) = setting()?;
    let left = "was not changed";
    let no_bundle = "is not a bundle";
    fs::create_dir(place.join("empty"))?;
    untouched(
        &place,
        "empty",
        &[
            "empty exists and is not a bundle (it has no bundle.json): choose another directory with -o",
        ],
    )?;
    fs::write(place.join("file"), "text")?;
    untouched(&place, "file", &["file", left, "not a directory"])?;
    untouched(&place, "file/out", &["file/out", "with -o"])?;
    fs::create_dir(place.join("home"))?;
    fs::write(place.join("home/letter"), "dear")?;
    untouched(&place, "home", &["home", no_bundle])?;
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
    untouched(&place, ".", &[no_bundle])?;
    untouched(&place, "..", &[no_bundle])?;
    untouched(&place, "/", &[no_bundle])?;
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
        &["out was not changed", "notes", "move it elsewhere"],
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
        bundle(&place, name).fails(3, &[name, "is a symlink"])?;
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
    run(".").fails(3, &["-o", "its real name"])?;
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
        &["cannot create no/such/out: its parent does not exist; create it or choose another -o"],
    )?;
    Ok(())
}

#[test]
fn a_place_that_cannot_be_written_is_known_before_nix_works() -> Result<()> {
    let scratch = scratch()?;
    fs::write(scratch.path().join("file"), "")?;
    let path = fake_nix(scratch.path(), "touch \"$PWD/was-called\"; exit 1")?;
    confinix(["bundle", "--expr", "{ }", "-o", "file"])
        .env("PATH", path)
        .within(scratch.path())
        .fails(3, &["file was not changed"])?;
    assert!(!scratch.path().join("was-called").exists());
    Ok(())
}
