//! nix/from-bundle.nix makes a bundle a derivation that refers to exactly its paths.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::forged::exchanged::exchange_image;
use crate::support::{
    CHECKOUT, Ran, Run, bundle_json, files, keys, nix, program, scratch, shop, shop_copy,
};

fn expression(bundle: &Path) -> String {
    format!(
        "import {CHECKOUT}/nix/from-bundle.nix {{ pkgs = import {CHECKOUT}/tests/nix/pkgs.nix {{ }}; bundle = {}; }}",
        bundle.display()
    )
}

fn build(bundle: &Path) -> Run {
    program(
        "nix-build",
        [
            "--no-out-link",
            "--option",
            "substitute",
            "false",
            "-E",
            &expression(bundle),
        ],
    )
}

/// Building it must fail with these words.
fn refused(bundle: &Path, parts: &[&str]) -> Result<Ran> {
    let ran = build(bundle).run()?;
    assert_ne!(ran.code, Some(0), "it was built");
    ran.saying(parts)
}

#[test]
fn the_derivation_has_the_files_unchanged_and_refers_to_every_path() -> Result<()> {
    let out = build(shop()?).succeeds()?.stdout;
    let out = out.trim();
    assert_eq!(files(Path::new(out))?, files(shop()?)?);
    let mut references: Vec<_> = program("nix-store", ["-q", "--references", out])
        .succeeds()?
        .stdout
        .lines()
        .map(str::to_owned)
        .collect();
    references.sort();
    assert_eq!(references, keys(&bundle_json(shop()?)?["paths"])?);
    Ok(())
}

#[test]
fn pure_evaluation_will_do() -> Result<()> {
    let scratch = scratch()?;
    let place = scratch.path();
    crate::support::copy(shop()?, &place.join("bundle"))?;
    crate::support::copy(&Path::new(CHECKOUT).join("nix"), &place.join("nix"))?;
    fs::copy(
        Path::new(CHECKOUT).join("tests/nix/pkgs.nix"),
        place.join("pkgs.nix"),
    )?;
    fs::write(
        place.join("flake.nix"),
        "{ outputs = _: { made = import ./nix/from-bundle.nix { pkgs = import ./pkgs.nix { }; bundle = ./bundle; }; }; }",
    )?;
    let ran = nix(["eval", "--raw"])
        .arg(format!("path:{}#made.outPath", place.display()))
        .env("XDG_CACHE_HOME", place.join("cache"))
        .succeeds()?;
    assert!(
        ran.stdout.starts_with("/nix/store/") && ran.stdout.ends_with("-confinix-bundle"),
        "{}",
        ran.stdout
    );
    Ok(())
}

#[test]
fn what_is_no_bundle_is_refused() -> Result<()> {
    let scratch = scratch()?;
    refused(
        &scratch.path().join("absent"),
        &["bundle.json does not exist", "`confinix bundle` wrote"],
    )?;
    for content in ["", "{", "[]", "text"] {
        fs::write(scratch.path().join("bundle.json"), content)?;
        refused(
            scratch.path(),
            &["bundle.json is not a JSON object, or is truncated"],
        )?;
    }
    Ok(())
}

#[test]
fn a_truncated_bundle_is_refused() -> Result<()> {
    let (_scratch, directory) = shop_copy()?;
    let text = fs::read_to_string(directory.join("bundle.json"))?;
    fs::write(directory.join("bundle.json"), &text[..text.len() / 2])?;
    refused(&directory, &["bundle.json"])?;
    Ok(())
}

/// Requires a refusal of the shop's bundle with a change in `bundle.json`, optionally sealed again.
fn refused_json(change: impl FnOnce(&mut Value), seal: bool, parts: &[&str]) -> Result<()> {
    let (_scratch, directory) = shop_copy()?;
    let mut json = bundle_json(&directory)?;
    change(&mut json);
    if seal {
        json["seal"] = crate::seal::of(&json)?.into();
    }
    fs::write(directory.join("bundle.json"), json.to_string())?;
    refused(&directory, parts)?;
    Ok(())
}

#[test]
fn a_changed_bundle_json_is_refused() -> Result<()> {
    refused_json(
        |json| json["services"]["cart.service"]["mode"] = json!("full-apivfs"),
        false,
        &["it was changed after it was written"],
    )?;
    refused_json(
        |json| json["version"] = json!(2),
        true,
        &[
            "has the version 2, not 3",
            "make it again with confinix of the same release",
        ],
    )?;
    refused_json(
        |json| json["storeDir"] = json!("/gnu/store"),
        false,
        &["is for the store \"/gnu/store\""],
    )?;
    Ok(())
}

/// A path behind all others, so that theirs keep their numbers.
const LAST: &str = "/nix/store/zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz-last";

#[test]
fn a_seal_alone_does_not_make_it_right() -> Result<()> {
    refused_json(
        |json| json["services"]["cart.service"]["dropIn"]["path"] = json!("../../../etc/passwd"),
        true,
        &["../../../etc/passwd is missing"],
    )?;
    refused_json(
        |json| json["services"]["cart.service"]["dropIn"]["sha256"] = json!(crate::made::HASH),
        true,
        &["cart.service.d/zz-confinement.conf was changed"],
    )?;
    refused_json(
        |json| json["paths"][LAST] = crate::made::info(&[]),
        true,
        &[&format!("the path {LAST} is not in any closure")],
    )?;
    Ok(())
}

#[test]
fn changed_missing_and_foreign_files_are_named() -> Result<()> {
    let (_scratch, directory) = shop_copy()?;
    let units = directory.join("lib/systemd/system");
    let drop_in = |service: &str| units.join(format!("{service}.service.d/zz-confinement.conf"));
    fs::write(drop_in("web"), "[Service]\n")?;
    fs::remove_file(drop_in("mail"))?;
    fs::write(units.join("x.service"), "")?;
    fs::remove_file(drop_in("cart"))?;
    symlink("/etc/hostname", drop_in("cart"))?;
    refused(
        &directory,
        &[
            "is not as it was written",
            "web.service.d/zz-confinement.conf was changed",
            "mail.service.d/zz-confinement.conf is missing",
            "cart.service.d/zz-confinement.conf is not a regular file",
            "x.service does not belong to the bundle",
        ],
    )?;
    Ok(())
}

#[test]
fn a_symlink_in_place_of_the_bundle_or_its_json_is_refused() -> Result<()> {
    let (scratch, directory) = shop_copy()?;
    let link = scratch.path().join("link");
    for target in [directory.as_path(), Path::new("bundle")] {
        symlink(target, &link)?;
        assert!(link.join("bundle.json").is_file());
        refused(
            &link,
            &["is a symlink", "name the directory that it leads to"],
        )?;
        fs::remove_file(&link)?;
    }
    let json = scratch.path().join("elsewhere.json");
    fs::rename(directory.join("bundle.json"), &json)?;
    symlink(&json, directory.join("bundle.json"))?;
    refused(&directory, &["bundle.json is not a regular file"])?;
    Ok(())
}

#[test]
fn what_verify_accepts_nix_accepts() -> Result<()> {
    let (_scratch, directory) = shop_copy()?;
    fs::write(
        directory.join("bundle.json"),
        bundle_json(&directory)?.to_string(),
    )?;
    crate::support::confinix(["verify"])
        .arg(&directory)
        .succeeds()?;
    let out = build(&directory).succeeds().context("compact JSON")?.stdout;
    assert!(Path::new(out.trim()).join("bundle.json").is_file());
    Ok(())
}

/// With the command in the build, the check covers even what Nix can't make again.
#[test]
fn the_command_in_the_build_makes_images_again() -> Result<()> {
    let scratch = scratch()?;
    let place = scratch.path();
    let package = place.join("package");
    fs::create_dir_all(package.join("bin"))?;
    crate::support::install(
        env!("CARGO_BIN_EXE_confinix"),
        &package.join("bin/confinix"),
    )?;
    let made = place.join("bundle");
    crate::support::bundle(["-f", "fixtures/shop", "--strategy", "image", "-o"])
        .arg(&made)
        .within(CHECKOUT)
        .succeeds()?;
    let expression = expression(&made).replace(
        "pkgs = ",
        &format!("confinix = {}; pkgs = ", package.display()),
    );
    let build = || program("nix-build", ["--no-out-link", "-E", &expression]);
    build().succeeds()?;
    let mut json = bundle_json(&made)?;
    let id = json["view"]["image"].as_str().context("no image")?;
    let image = made.join(format!("lib/systemd/system/confinix-{id}.erofs"));
    let mut content = fs::read(image)?;
    *content.last_mut().context("an empty image")? ^= 1;
    exchange_image(&made, &mut json, &content)?;
    json["seal"] = crate::seal::of(&json)?.into();
    fs::write(made.join("bundle.json"), json.to_string())?;
    let ran = build().run()?;
    assert_ne!(ran.code, Some(0), "it was built");
    ran.saying(&[
        "view.files[0].path: expected",
        "does not belong to the bundle",
    ])?;
    let without = self::build(&made).succeeds()?;
    assert!(
        without.stderr.contains("can't look into the images"),
        "{}",
        without.stderr
    );
    Ok(())
}
