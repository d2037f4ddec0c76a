//! Data that does not follow from the rest of the bundle.

use std::fs;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{Forged, directory};
use crate::support::{confinix, keys, scratch};

/// A path behind all others, so that theirs keep their numbers.
const LAST: &str = "/nix/store/zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz-last";

#[test]
fn data_that_does_not_follow_is_refused() -> Result<()> {
    type Spoil = fn(&mut Value) -> Result<()>;
    let made = Forged::of("bind")?;
    let cases: [(&str, Spoil); 16] = [
        ("closure: expected", |json| {
            let others = json["services"]["mail.service"]["closure"].clone();
            json["services"]["web.service"]["closure"] = others;
            Ok(())
        }),
        ("closures.", |json| {
            let id = json["services"]["web.service"]["closure"]
                .as_str()
                .context("no id")?
                .to_owned();
            json["closures"][&id]["paths"]
                .as_array_mut()
                .context("no paths")?
                .pop();
            Ok(())
        }),
        ("not in any closure", |json| {
            json["paths"][LAST] = crate::made::info(&[]);
            Ok(())
        }),
        ("is referred to but not listed", |json| {
            let path = keys(&json["paths"])?[0].clone();
            json["paths"][&path]["references"] = json!([crate::made::path(7)]);
            Ok(())
        }),
        ("is an unknown path", |json| {
            json["services"]["web.service"]["roots"][0]["path"] = json!(crate::made::path(7));
            Ok(())
        }),
        ("which does not name it", |json| {
            let other = json["services"]["mail.service"]["roots"][0]["path"].clone();
            json["services"]["web.service"]["roots"][0]["path"] = other;
            Ok(())
        }),
        ("paths of two stores", |json| {
            let path = keys(&json["paths"])?[0].clone();
            let info = json["paths"]
                .as_object_mut()
                .and_then(|paths| paths.remove(&path))
                .context("no path")?;
            json["paths"][path.replace("/nix/store", "/gnu/store")] = info;
            Ok(())
        }),
        ("narSize", |json| {
            let path = keys(&json["paths"])?[0].clone();
            json["paths"][&path]["narSize"] = json!(-1);
            Ok(())
        }),
        ("narHash", |json| {
            let path = keys(&json["paths"])?[0].clone();
            json["paths"][&path]["narHash"] = json!("sha256-x");
            Ok(())
        }),
        ("is not the name of a service", |json| {
            json["services"]["../../x.service"] = json["services"]["web.service"].clone();
            Ok(())
        }),
        ("dropIn.path: expected", |json| {
            json["services"]["ssh.service"] = json["services"]["web.service"].clone();
            Ok(())
        }),
        ("systemd would apply its drop-in to every service", |json| {
            json["services"]["ssh-.service"] = json["services"]["web.service"].clone();
            Ok(())
        }),
        ("it is not the closure of a service", |json| {
            json["closures"]["0".repeat(32)] = json!({ "narSize": 0, "paths": [] });
            Ok(())
        }),
        ("unresolved: expected nothing, found true", |json| {
            let path = directory(json)?;
            json["paths"][&path]["unresolved"] = json!(true);
            Ok(())
        }),
        ("is not a plain absolute path", |json| {
            json["services"]["web.service"]["binSh"] = json!("/nix/store/../../bin/sh");
            Ok(())
        }),
        ("is not in the closure of the service", |json| {
            json["services"]["web.service"]["binSh"] =
                json!(format!("{}/bin/sh", crate::made::path(7)));
            Ok(())
        }),
    ];
    for (word, spoil) in cases {
        let mut forged = made.again()?;
        spoil(&mut forged.json)?;
        let told = forged.told()?;
        assert!(
            told.starts_with("bundle.json: ") && told.contains(word),
            "{word:?} is not in {told}"
        );
        confinix(["show"])
            .arg(&forged.dir)
            .fails(3, &["bundle.json"])?;
    }
    Ok(())
}

#[test]
fn presets_and_adopted_roots_say_what_they_set() -> Result<()> {
    type Spoil = fn(&mut Forged) -> Result<()>;
    let cases: [(&str, Spoil); 6] = [
        ("Environment", |forged| {
            forged.service("tor.service")["definitions"]["mail"]["environment"]["LD_PRELOAD"] =
                json!("/x");
            Ok(())
        }),
        ("variables[1]: expected nothing", |forged| {
            forged.service("tor.service")["variables"] = json!(["B", "C"]);
            Ok(())
        }),
        ("the preset \"mail\" is not defined", |forged| {
            let service = forged
                .service("tor.service")
                .as_object_mut()
                .context("no service")?;
            service.remove("definitions");
            Ok(())
        }),
        ("which it does not have", |forged| {
            forged.service("tor.service")["presets"] = json!(["dns"]);
            Ok(())
        }),
        ("can only replace a bind of /nix/store itself", |forged| {
            forged.service("tor.service")["settings"]["BindPaths"] = json!(["/"]);
            Ok(())
        }),
        // A line break in a word would start a new line.
        ("it does not end with its line", |forged| {
            forged.service("tor.service")["settings"]["BindPaths"] =
                json!(["\"/a\nExecStartPre=+/bin/sh\n\""]);
            Ok(())
        }),
    ];
    for (word, spoil) in cases {
        let mut forged = Forged::with_presets()?;
        spoil(&mut forged)?;
        let told = forged.told().context(word)?;
        assert!(told.contains(word), "{word:?} is not in {told}");
        confinix(["show"])
            .arg(&forged.dir)
            .fails(3, &["cannot trust"])?;
    }
    Ok(())
}

/// The bundle is consistent, but the store differs.
#[test]
fn a_path_that_is_said_to_be_a_link_to_another_is_refused() -> Result<()> {
    let scratch = scratch()?;
    let file = scratch.path().join("services.nix");
    fs::write(
        &file,
        r#"let good = builtins.toFile "good" "good"; evil = builtins.toFile "evil" "evil"; in
           { services.a = { serviceConfig.ExecStart = good; confinement = { enable = true; packages = [ evil ]; }; }; }"#,
    )?;
    let mut forged = Forged::made(&["-f", file.to_str().context("no text")?], "bind")?;
    let paths = keys(&forged.json["paths"])?;
    let of = |name: &str| {
        let found = paths.iter().find(|path| path.ends_with(name));
        found.cloned().context("no path")
    };
    let (good, evil) = (of("-good")?, of("-evil")?);
    forged.json["paths"][&good]["symlink"] = json!(evil);
    let drop_in = "lib/systemd/system/a.service.d/zz-confinement.conf";
    let (from, to) = (format!("={good}\n"), format!("={evil}:{good}\n"));
    forged.edit(drop_in, &from, &to)?;
    forged.seal()?;
    confinix(["verify", "--offline"])
        .arg(&forged.dir)
        .succeeds()?;
    let ran = confinix(["verify"]).arg(&forged.dir).run()?.with_code(1)?;
    let line =
        format!("bundle.json: paths.\"{good}\".symlink: expected nothing, found \"{evil}\"\n");
    assert_eq!(ran.stdout, line);
    Ok(())
}
