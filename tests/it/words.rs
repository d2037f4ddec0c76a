//! Error messages are plain and tell the user what to do.

use std::fs;

use anyhow::{Result, ensure};

use crate::support::{bundle, confinix, scratch, shop, shop_copy};

#[test]
fn what_is_no_bundle_is_told_apart() -> Result<()> {
    let (scratch, directory) = shop_copy()?;
    let file = directory.join("bundle.json");
    let verify = |name: &str| confinix(["verify", "--offline", name]).within(scratch.path());
    fs::create_dir(scratch.path().join("empty"))?;
    fs::write(scratch.path().join("file"), "")?;
    verify("nodir").fails(3, &["confinix: nodir is not a bundle: no such directory ("])?;
    verify("empty").fails(3, &["empty is not a bundle: it has no bundle.json"])?;
    verify("file").fails(
        3,
        &["file is not a bundle: it is a file, and a bundle is a directory"],
    )?;
    verify("bundle/bundle.json").fails(3, &["name the directory that it is in (bundle)"])?;
    let whole = fs::read(&file)?;
    for (content, said) in [
        (
            &whole[..whole.len() / 2],
            "it ends too early: copy the bundle again",
        ),
        (b"", "it ends too early: copy the bundle again"),
        (b"hello", "it is not JSON: copy the bundle again"),
        (b"{}", "it is not a bundle of this version"),
    ] {
        fs::write(&file, content)?;
        confinix(["show", "bundle"])
            .within(scratch.path())
            .fails(3, &["cannot read bundle/bundle.json: ", said])?;
    }
    confinix(["audit", "./nodir"])
        .within(scratch.path())
        .fails(3, &["confinix: no directory ./nodir"])?;
    Ok(())
}

#[test]
fn a_mode_that_is_none_is_named_with_those_there_are() -> Result<()> {
    let expression = r#"{ services.web = { serviceConfig.ExecStart = "/bin/x"; confinement = { enable = true; mode = "chroot"; }; }; }"#;
    bundle(["--expr", expression]).fails(
        3,
        &[r#"services.web.service.confinement.mode: "chroot" is not a mode of confinement: expected full-apivfs or chroot-only"#],
    )?;
    Ok(())
}

#[test]
fn standard_output_takes_no_bundle() -> Result<()> {
    let scratch = scratch()?;
    bundle(["--services", "x", "-o", "-"])
        .within(scratch.path())
        .fails(2, &["a bundle is a directory, which can't be written to standard output: name one with -o"])?;
    ensure!(fs::read_dir(scratch.path())?.next().is_none());
    Ok(())
}

#[test]
fn the_beginning_of_a_hash_is_completed() -> Result<()> {
    let shop = shop()?;
    let json = crate::support::bundle_json(shop)?;
    let paths = crate::support::keys(&json["paths"])?;
    let service = crate::support::keys(&json["services"])?.remove(0);
    let closure = json["services"][&service]["closure"]
        .as_str()
        .unwrap_or_default();
    let seen = crate::support::closure_paths(&json, closure)?;
    let base = seen[0].rsplit('/').next().unwrap_or_default();
    ensure!(paths.contains(&seen[0]));
    let why = |pattern: &str| {
        confinix(["why"])
            .arg(shop)
            .args([service.as_str(), pattern])
            .run()
    };
    let short = why(&base[..4])?.with_code(1)?.stdout;
    ensure!(short.contains(base), "{short}");
    for pattern in [&base[..8], &seen[0][..seen[0].len() - base.len() + 8]] {
        why(pattern)?.with_code(0)?;
    }
    Ok(())
}
