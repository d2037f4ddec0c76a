//! `confinix verify`.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use anyhow::Result;
use serde_json::json;

use crate::support::{bundle_json, confinix, keys, scratch, shop, shop_copy};

const CART: &str = "lib/systemd/system/cart.service.d/zz-confinement.conf";
const WEB: &str = "lib/systemd/system/web.service.d/zz-confinement.conf";

/// Returns the output of verify without the store, which must answer no.
fn differences(directory: &Path) -> Result<String> {
    let ran = confinix(["verify", "--offline"])
        .arg(directory)
        .run()?
        .with_code(1)?;
    assert_eq!(ran.stderr, "");
    Ok(ran.stdout)
}

#[test]
fn a_bundle_as_it_was_written_passes() -> Result<()> {
    let shop = shop()?;
    let name = shop.display();
    assert_eq!(
        confinix(["verify"]).arg(shop).succeeds()?.stdout,
        format!("{name}: 11 files unchanged, 16 paths valid in the store\n")
    );
    let ran = confinix(["verify", "--offline"])
        .arg(shop)
        .env("PATH", "/nonexistent")
        .succeeds()?;
    assert_eq!(ran.stdout, format!("{name}: 11 files unchanged\n"));
    Ok(())
}

#[test]
fn the_answer_is_also_json() -> Result<()> {
    let answer = |directory: &Path, code: i32, arguments: &[&str]| -> Result<serde_json::Value> {
        let ran = confinix(["verify", "--json"])
            .arg(directory)
            .args(arguments);
        Ok(serde_json::from_str(&ran.run()?.with_code(code)?.stdout)?)
    };
    let shop = shop()?;
    assert_eq!(
        answer(shop, 0, &[])?,
        json!({ "version": 1, "bundle": shop, "files": 11, "paths": 16, "differences": [] })
    );
    let (_scratch, directory) = shop_copy()?;
    fs::remove_file(directory.join(WEB))?;
    assert_eq!(
        answer(&directory, 1, &["--offline"])?,
        json!({
            "version": 1, "bundle": directory, "files": 11,
            "differences": [format!("{WEB}: missing")],
        })
    );
    let mut data = bundle_json(&directory)?;
    data["services"] = json!(1);
    fs::write(directory.join("bundle.json"), data.to_string())?;
    let broken = answer(&directory, 1, &["--offline"])?;
    assert!(broken.get("files").is_none(), "{broken}");
    assert_eq!(
        broken["differences"].as_array().map(Vec::len),
        Some(2),
        "{broken}"
    );
    Ok(())
}

#[test]
fn a_changed_a_missing_and_a_foreign_file_are_named() -> Result<()> {
    let (_scratch, directory) = shop_copy()?;
    fs::write(directory.join(CART), "[Service]\n")?;
    fs::remove_file(directory.join(WEB))?;
    fs::write(directory.join("lib/systemd/system/evil.service"), "")?;
    fs::create_dir(directory.join("empty"))?;
    fs::write(directory.join("x\u{1b}[2J\ny"), "")?;
    assert_eq!(
        differences(&directory)?,
        format!(
            "{CART}: changed after it was written: line 1: expected \"# Written by confinix. Edits are lost when the bundle is made again.\", \
             found \"[Service]\"\n{WEB}: missing\nempty: does not belong to the bundle\n\
             lib/systemd/system/evil.service: does not belong to the bundle\n\
             x\\u{{1b}}[2J\\ny: does not belong to the bundle\n"
        )
    );
    Ok(())
}

#[test]
fn a_changed_bundle_json_breaks_the_seal() -> Result<()> {
    let broken =
        "bundle.json: the seal does not match: the file was changed after confinix wrote it\n";
    let change = |change: &dyn Fn(&mut serde_json::Value)| {
        let (_scratch, directory) = shop_copy()?;
        let mut json = bundle_json(&directory)?;
        change(&mut json);
        fs::write(directory.join("bundle.json"), json.to_string())?;
        differences(&directory)
    };
    let mode = change(&|json| json["services"]["web.service"]["mode"] = json!("chroot-only"))?;
    assert!(
        mode.starts_with(broken)
            && mode.contains("services.\"web.service\".confinement.PrivateUsers[0]: expected \"no\", found \"yes\"\n"),
        "{mode}"
    );
    assert_eq!(
        change(&|json| json["services"]["web.service"]["mounts"] = json!(0))?,
        format!("{broken}bundle.json: services.\"web.service\".mounts: expected 5, found 0\n")
    );
    assert_eq!(change(&|json| json["seal"] = json!("sha256-"))?, broken);
    let without = change(&|json| {
        json.as_object_mut()
            .and_then(|object| object.remove("seal"));
    })?;
    assert_eq!(without, broken);
    Ok(())
}

#[test]
fn white_space_in_bundle_json_is_not_content() -> Result<()> {
    let (_scratch, directory) = shop_copy()?;
    fs::write(
        directory.join("bundle.json"),
        bundle_json(&directory)?.to_string(),
    )?;
    confinix(["verify", "--offline"])
        .arg(&directory)
        .succeeds()?;
    Ok(())
}

#[test]
fn a_file_must_be_a_file() -> Result<()> {
    let (_scratch, directory) = shop_copy()?;
    let elsewhere = directory.with_file_name("elsewhere");
    fs::rename(directory.join(CART), &elsewhere)?;
    symlink(&elsewhere, directory.join(CART))?;
    fs::remove_file(directory.join(WEB))?;
    fs::create_dir(directory.join(WEB))?;
    let said = differences(&directory)?;
    let json = directory.with_file_name("elsewhere.json");
    fs::rename(directory.join("bundle.json"), &json)?;
    symlink(&json, directory.join("bundle.json"))?;
    let said = said + &differences(&directory)?;
    for name in [CART, WEB, "bundle.json"] {
        assert!(
            said.contains(&format!("{name}: not a regular file")),
            "{said}"
        );
    }
    Ok(())
}

#[test]
fn a_directory_that_became_a_file_is_a_difference() -> Result<()> {
    let (_scratch, directory) = shop_copy()?;
    fs::remove_dir_all(directory.join("lib"))?;
    fs::write(directory.join("lib"), "")?;
    let said = differences(&directory)?;
    assert!(
        said.contains(&format!("{CART}: missing")) && said.contains("lib: does not belong"),
        "{said}"
    );
    Ok(())
}

#[test]
fn a_path_that_the_store_lacks_or_has_otherwise_is_named() -> Result<()> {
    let (_scratch, directory) = shop_copy()?;
    let mut json = bundle_json(&directory)?;
    let known = keys(&json["paths"])?[0].clone();
    json["paths"][&known]["narHash"] = json!(crate::made::HASH);
    json["paths"][crate::made::path(7)] = crate::made::info(&[]);
    fs::write(directory.join("bundle.json"), json.to_string())?;
    let ran = confinix(["verify"]).arg(&directory).run()?.with_code(1)?;
    for line in [
        format!("{}: not valid in the store", crate::made::path(7)),
        format!("{known}: has the NAR hash sha256-"),
        "bundle.json: the seal does not match".to_owned(),
    ] {
        assert!(
            ran.stdout.contains(&line),
            "{line:?} is not in {}",
            ran.stdout
        );
    }
    Ok(())
}

#[test]
fn without_nix_only_the_files_can_be_checked() -> Result<()> {
    confinix(["verify"])
        .arg(shop()?)
        .env("PATH", "/nonexistent")
        .fails(3, &["nix is not on PATH", "--offline"])?;
    Ok(())
}

#[test]
fn what_is_no_bundle_cannot_be_verified() -> Result<()> {
    let scratch = scratch()?;
    confinix(["verify"])
        .arg(scratch.path())
        .fails(3, &["is not a bundle"])?;
    Ok(())
}
