//! Views that show something else than the closures of services, or that are mounted by something else.

use std::fs;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::exchanged::exchange_image;
use super::{Forged, UNITS, directory};
use crate::support::{confinix, keys, strings};

fn image_of(forged: &Forged) -> Result<String> {
    let id = forged.json["view"]["image"].as_str();
    Ok(id.context("no image")?.to_owned())
}

/// Returns the paths of the files of the view.
fn files_of(forged: &Forged) -> Result<Vec<String>> {
    let files = forged.json["view"]["files"].as_array();
    let files = files.context("no files")?.iter();
    strings(&files.map(|file| file["path"].clone()).collect())
}

#[test]
fn every_file_of_a_view_is_made_again() -> Result<()> {
    let made = Forged::of("image")?;
    let id = image_of(&made)?;
    let files = files_of(&made)?;
    let expected = [
        format!("confinix-{id}.erofs"),
        format!("confinix-{id}.paths"),
        "confinix-place@.service".to_owned(),
        "confinix-view.service".to_owned(),
        "confinix-view.target".to_owned(),
        "confinix-view@.service".to_owned(),
        "run-confinix-.mount.d/zz-confinix.conf".to_owned(),
        format!("run-confinix-meta-{id}.mount"),
        format!("run-confinix-view-{id}.mount"),
    ];
    assert_eq!(files, expected.map(|name| format!("{UNITS}/{name}")));
    for path in files {
        let context = || path.clone();
        let mut forged = made.again()?;
        let mut content = fs::read(forged.path(&path))?;
        content.extend(b"OnSuccess=evil.service\n");
        forged.write(&path, content)?;
        forged
            .refused(&[&path, "not what confinix writes", "view.files["])
            .with_context(context)?;

        // Gone from the bundle, and then also from the list.
        let mut forged = made.again()?;
        fs::remove_file(forged.path(&path))?;
        forged
            .files_refused(&[&format!("{path}: ")])
            .with_context(context)?;
        let listed = forged.json["view"]["files"].as_array_mut();
        listed
            .context("no files")?
            .retain(|file| file["path"] != path.as_str());
        forged.refused(&["view.files["]).with_context(context)?;
    }
    Ok(())
}

#[test]
fn what_a_unit_of_a_view_does_is_fixed() -> Result<()> {
    let made = Forged::of("image")?;
    let id = image_of(&made)?;
    let view = format!("run-confinix-view-{id}.mount");
    let names = format!("run-confinix-meta-{id}.mount");
    for (unit, from, to) in [
        (&*view, "[Mount]\n", "OnSuccess=evil.service\n[Mount]\n"),
        (&view, ":/nix/store\n", ":/home\n"),
        (&view, "ro,", "rw,"),
        (&names, "What=%Y/", "What=/dev/"),
        (&names, "nosuid", "suid"),
        ("confinix-view@.service", "/run/confinix/views", "/etc"),
        ("confinix-view@.service", "/bin/sh -c '", "/bin/sh -c 'id; "),
        ("confinix-view.service", "systemctl stop", "systemctl start"),
        ("confinix-view.target", "Upholds=", "Upholds=evil.service "),
        ("confinix-place@.service", "0755", "0777"),
    ] {
        let mut forged = made.again()?;
        forged.edit(&format!("{UNITS}/{unit}"), from, to)?;
        forged
            .refused(&[unit, "line ", "view.files["])
            .with_context(|| format!("{unit}: {to}"))?;
    }
    Ok(())
}

#[test]
fn the_list_of_paths_is_that_of_the_closures() -> Result<()> {
    let made = Forged::of("image")?;
    let list = format!("{UNITS}/confinix-{}.paths", image_of(&made)?);
    let text = fs::read_to_string(made.path(&list))?;
    let expected: String = keys(&made.json["paths"])?
        .into_iter()
        .map(|path| path + "\n")
        .collect();
    assert_eq!(text, expected);
    let first = text.lines().next().context("no line")?;
    for changed in [
        String::new(),
        format!("/etc/passwd\n{text}"),
        text.replacen(&format!("{first}\n"), "", 1),
        format!("{first}\n{text}"),
        text.trim_end().to_owned(),
    ] {
        let mut forged = made.again()?;
        forged.write(&list, &changed)?;
        forged
            .refused(&[&list, "view.files["])
            .with_context(|| changed)?;
    }
    Ok(())
}

/// Nix compares the image with its ID only; the command makes it again.
#[test]
fn an_image_with_an_id_of_its_own_is_refused() -> Result<()> {
    let mut forged = Forged::of("image")?;
    let id = image_of(&forged)?;
    let mut content = fs::read(forged.path(&format!("{UNITS}/confinix-{id}.erofs")))?;
    *content.last_mut().context("an empty image")? ^= 1;
    let dir = forged.dir.clone();
    let [_, other] = exchange_image(&dir, &mut forged.json, &content)?;
    let told = forged.told()?;
    for part in [
        &*format!("{UNITS}/confinix-{id}.erofs\", found \"{UNITS}/confinix-{other}.erofs\""),
        "does not belong to the bundle",
    ] {
        assert!(told.contains(part), "{part:?} is not in {told}");
    }
    confinix(["show"])
        .arg(&forged.dir)
        .fails(3, &["cannot trust", "view.files["])?;

    let mut forged = Forged::of("image")?;
    forged.json["view"]["image"] = json!(other);
    forged.refused(&["view.image: expected"])
}

#[test]
fn an_image_that_shows_something_else_is_refused() -> Result<()> {
    let mut forged = Forged::of("image")?;
    let id = image_of(&forged)?;
    let image = format!("{UNITS}/confinix-{id}.erofs");
    let mut content = fs::read(forged.path(&image))?;
    let names = content.windows(5);
    let at = names
        .into_iter()
        .position(|name| name == b"/mail" || name == b"-mail");
    let at = at.context("the image does not name the paths")?;
    content[at + 1] = b'n';
    forged.write(&image, content)?;
    forged.refused(&[&format!(
        "{image}: not what confinix writes: another image from byte "
    )])
}

#[test]
fn directories_that_contradict_are_refused() -> Result<()> {
    type Spoil = fn(&mut Value) -> Result<()>;
    let made = Forged::of("image")?;
    let cases: [(&str, Spoil); 13] = [
        ("view.image: expected", |info| {
            info["directories"] = json!(["some", "some/other"]);
            Ok(())
        }),
        ("\"b/c\" is listed, and \"b\" is not", |info| {
            info["directories"] = json!(["a", "b/c"]);
            Ok(())
        }),
        ("is listed, and", |info| {
            info["directories"] = json!(["a/\u{435}\u{202e}/b"]);
            Ok(())
        }),
        ("is listed twice", |info| {
            info["directories"] = json!(["a", "a"]);
            Ok(())
        }),
        ("are not sorted", |info| {
            info["directories"] = json!(["b", "a"]);
            Ok(())
        }),
        ("is not how the path of a directory is written", |info| {
            info["directories"] = json!(["%61"]);
            Ok(())
        }),
        ("is not the path of a directory", |info| {
            info["directories"] = json!(["a", "a/.."]);
            Ok(())
        }),
        ("is not the path of a directory", |info| {
            info["directories"] = json!(["a%00\u{1b}[2J"]);
            Ok(())
        }),
        ("is not the path of a directory", |info| {
            info["directories"] = json!(["n".repeat(256)]);
            Ok(())
        }),
        ("view: ", |info| {
            info.as_object_mut()
                .context("no path")?
                .remove("directories");
            Ok(())
        }),
        ("file: expected nothing", |info| {
            info["file"] = json!({ "executable": true, "size": 9 });
            Ok(())
        }),
        ("view.image: expected", |info| {
            info.as_object_mut()
                .context("no path")?
                .remove("directories");
            info["file"] = json!({ "executable": true, "size": 9 });
            Ok(())
        }),
        ("can't show files larger", |info| {
            info.as_object_mut()
                .context("no path")?
                .remove("directories");
            info["file"] = json!({ "executable": true, "size": 1_u64 << 44 });
            Ok(())
        }),
    ];
    for (word, spoil) in cases {
        let mut forged = made.again()?;
        let path = keys(&forged.json["paths"])?
            .into_iter()
            .find(|path| !forged.json["paths"][path]["directories"].is_null());
        spoil(&mut forged.json["paths"][path.context("no directory")?])?;
        let told = forged.told()?;
        assert!(told.contains(word), "{word:?} is not in {told}");
        assert!(told.is_ascii() && !told.contains('\u{1b}'), "{told:?}");
        for command in ["show", "audit", "check"] {
            confinix([command])
                .arg(&forged.dir)
                .fails(3, &["cannot trust", "bundle.json"])?;
        }
    }
    let mut forged = Forged::of("bind")?;
    let path = directory(&forged.json)?;
    forged.json["paths"][&path]["directories"] = json!([]);
    let told = forged.told()?;
    assert!(
        told.contains("directories: expected nothing, found []"),
        "{told}"
    );
    Ok(())
}

#[test]
fn a_view_belongs_to_services_that_see_one() -> Result<()> {
    let with = Forged::of("image")?;
    let mut forged = with.again()?;
    forged
        .json
        .as_object_mut()
        .context("no object")?
        .remove("view");
    forged.refused(&["view: missing, but services see views"])?;
    let mut forged = Forged::of("bind")?;
    forged.json["view"] = with.json["view"].clone();
    for path in files_of(&with)? {
        forged.write(&path, fs::read(with.path(&path))?)?;
    }
    forged.refused(&["view: no service sees a view"])
}
