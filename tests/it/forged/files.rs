//! Files that confinix would not write, at the paths that it uses and at others.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::json;

use super::{Forged, WEB};
use crate::support::{CHECKOUT, confinix, program, scratch};

#[test]
fn a_drop_in_that_runs_something_is_refused() -> Result<()> {
    let mut forged = Forged::of("bind")?;
    forged.edit(
        WEB,
        "[Service]\n",
        "[Service]\nExecStartPre=+/bin/sh -c id\u{1b}[2J\n",
    )?;
    forged.refused(&[
        &format!("{WEB}: not what confinix writes: line 3: expected \"RuntimeDirectory=confinement/web\", found \"ExecStartPre=+/bin/sh -c id\\u{{1b}}[2J\"\n"),
        "bundle.json: services.\"web.service\".dropIn.sha256: expected \"sha256-",
    ])
}

#[test]
fn every_other_line_is_refused() -> Result<()> {
    for strategy in ["bind", "inherit", "image"] {
        let made = Forged::of(strategy)?;
        for (from, to) in [
            ("RootDirectory=/run/confinement/web\n", "RootDirectory=/\n"),
            ("ReadOnlyPaths=+/\n", ""),
            ("PrivateUsers=no", "PrivateUsers=yes"),
            ("PrivateMounts=yes\n", "PrivateMounts=yes\nBindPaths=/\n"),
            ("PrivateMounts=yes\n", "PrivateMounts=yes\nRootDirectory=\n"),
            ("[Service]\n", "[Service]\nUser=root\n"),
            ("[Service]\n", "[Service]\n\\\n"),
            ("[Service]\n", "[Unit]\nOnFailure=x.service\n[Service]\n"),
            ("# Written", "#Written"),
        ] {
            let mut forged = made.again()?;
            let text = fs::read_to_string(forged.path(WEB))?;
            let (from, to) = if text.contains(from) {
                (from, to)
            } else {
                (to, from)
            };
            forged.edit(WEB, from, to)?;
            forged
                .files_refused(&[WEB, "line "])
                .with_context(|| format!("{strategy}: {to:?}"))?;
            let last = text.trim_end().rsplit('\n').next().context("no line")?;
            let mut forged = made.again()?;
            forged.edit(WEB, last, "BindReadOnlyPaths=/etc")?;
            forged.files_refused(&[WEB])?;
        }
    }
    Ok(())
}

#[test]
fn a_file_at_a_place_that_no_bundle_has_is_refused() -> Result<()> {
    let made = Forged::of("bind")?;
    for place in [
        "lib/systemd/system/evil.service",
        "lib/systemd/system/etc.mount",
        "lib/systemd/system/service.d/zz-confinement.conf",
        "lib/systemd/system/sshd.service.d/zz-confinement.conf",
        "lib/systemd/system/web.service.d/.hidden.conf",
        "lib/systemd/system/web.service.d/zz-confinement.conf.d/x",
        "lib/systemd/system/multi-user.target.wants/x.service",
        "lib/systemd/system/WEB.service.d/zz-confinement.conf",
        "lib/systemd/system/w\u{435}b.service.d/zz-confinement.conf",
        "lib/tmpfiles.d/x.conf",
        "etc/systemd/system/x.service",
        ".hidden",
    ] {
        // Listed as the file of a view, because an unlisted file is refused anyway.
        for is_listed in [false, true] {
            let mut forged = made.again()?;
            if is_listed {
                forged.json["view"] = json!({
                    "files": [{ "path": place, "sha256": crate::made::HASH }],
                    "image": "0".repeat(32),
                });
            }
            forged.write(place, "[Service]\nExecStart=/bin/sh -c id\n")?;
            if is_listed {
                forged.refused(&["view: no service sees a view"])
            } else {
                forged.files_refused(&["does not belong to the bundle"])
            }
            .with_context(|| place.to_owned())?;
        }
    }
    let mut forged = Forged::of("bind")?;
    fs::write(forged.path("lib/systemd/system/w\u{435}b.service"), "")?;
    let told = forged.told()?;
    assert!(
        told.contains("w\\u{435}b.service: does not belong"),
        "{told}"
    );
    Ok(())
}

#[test]
fn what_is_no_plain_file_of_its_own_is_refused() -> Result<()> {
    type Spoil = fn(&Path) -> Result<()>;
    let cases: [(&str, Spoil); 8] = [
        ("not a regular file", |file| {
            fs::rename(file, file.with_extension("old"))?;
            Ok(symlink(file.with_extension("old"), file)?)
        }),
        ("not a regular file", |file| {
            fs::remove_file(file)?;
            program("mkfifo", [file]).succeeds()?;
            Ok(())
        }),
        ("not a regular file", |file| {
            fs::remove_file(file)?;
            Ok(fs::create_dir(file)?)
        }),
        ("does not belong", |file| {
            Ok(symlink("/etc", file.with_file_name("x"))?)
        }),
        ("it has 2 hard links", |file| {
            Ok(fs::hard_link(
                file,
                file.with_file_name("../../../../../elsewhere"),
            )?)
        }),
        ("set-id (mode 4644)", |file| {
            Ok(fs::set_permissions(
                file,
                fs::Permissions::from_mode(0o4644),
            )?)
        }),
        ("writable by everyone (mode 0666;", |file| {
            Ok(fs::set_permissions(
                file,
                fs::Permissions::from_mode(0o666),
            )?)
        }),
        ("writable by its group (mode 0775;", |file| {
            let parent = file.parent().context("no parent")?;
            Ok(fs::set_permissions(
                parent,
                fs::Permissions::from_mode(0o775),
            )?)
        }),
    ];
    for (word, spoil) in cases {
        let mut forged = Forged::of("bind")?;
        spoil(&forged.path(WEB))?;
        let told = forged.told()?;
        assert!(told.contains(word), "{word:?} is not in {told}");
    }
    let mut forged = Forged::of("bind")?;
    fs::File::options()
        .write(true)
        .open(forged.path(WEB))?
        .set_len(10 << 30)?;
    let told = forged.told()?;
    assert!(told.contains("bytes, found 10737418240"), "{told}");
    Ok(())
}

#[test]
fn a_bundle_made_under_an_open_umask_is_accepted() -> Result<()> {
    let scratch = scratch()?;
    let script = "umask 0; exec \"$0\" bundle -f fixtures/shop --strategy bind -o \"$1\" --option substitute false";
    let out = scratch.path().join("out");
    program("sh", ["-c", script, env!("CARGO_BIN_EXE_confinix")])
        .arg(&out)
        .within(CHECKOUT)
        .succeeds()?;
    confinix(["verify", "--offline"]).arg(&out).succeeds()?;
    Ok(())
}
