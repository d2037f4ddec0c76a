//! Bundles with a seal that fits and that say other than confinix would write: `verify`, every reader and nix/from-bundle.nix refuse
//! them, and say what is wrong.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use data_encoding::BASE64;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::support::{
    CHECKOUT, bundle, bundle_json, confinix, copy, fixture, keys, program, scratch,
};

const UNITS: &str = "lib/systemd/system";
const WEB: &str = "lib/systemd/system/web.service.d/zz-confinement.conf";

/// A bundle of the shop that someone changes, who knows how to seal it.
struct Forged {
    _scratch: TempDir,
    dir: PathBuf,
    json: Value,
}

impl Forged {
    fn of(strategy: &str) -> Result<Self> {
        Self::made(&["-f", "fixtures/shop"], strategy)
    }

    fn made(arguments: &[&str], strategy: &str) -> Result<Self> {
        let scratch = scratch()?;
        let dir = scratch.path().join("bundle");
        bundle(arguments)
            .args(["--strategy", strategy, "-o"])
            .arg(&dir)
            .within(CHECKOUT)
            .succeeds()?;
        let json = bundle_json(&dir)?;
        Ok(Self {
            _scratch: scratch,
            dir,
            json,
        })
    }

    /// The same bundle once more, as it was made.
    fn again(&self) -> Result<Self> {
        let scratch = scratch()?;
        let dir = scratch.path().join("bundle");
        copy(&self.dir, &dir)?;
        let json = bundle_json(&dir)?;
        Ok(Self {
            _scratch: scratch,
            dir,
            json,
        })
    }

    /// A service with a root of its own, a preset of the user's, and variables that the unit sets itself.
    fn with_presets() -> Result<Self> {
        let expression = r#"
            let file = builtins.toFile "tor" "tor"; in {
              presets.mail = { bindReadOnly = [ "-/run/mail:/mail" file ]; environment = { A = "a b"; B = "1"; }; packages = [ ]; };
              services.tor = {
                confinement = { enable = true; adopt = true; presets = [ "dns" "mail" ]; };
                environment.B = "2";
                serviceConfig = {
                  ExecStart = file;
                  RootDirectory = "/run/tor";
                  BindReadOnlyPaths = [ builtins.storeDir "/etc/tor" ];
                };
              };
            }"#;
        Self::made(&["--expr", expression], "bind")
    }

    fn service(&mut self, name: &str) -> &mut Value {
        &mut self.json["services"][name]
    }

    /// Writes a file, and its digest wherever the bundle lists it.
    fn write(&mut self, path: &str, content: impl AsRef<[u8]>) -> Result<()> {
        let file = self.dir.join(path);
        fs::create_dir_all(file.parent().context("no parent")?)?;
        fs::write(file, &content)?;
        let digest = format!("sha256-{}", BASE64.encode(&Sha256::digest(&content)));
        list(&mut self.json, path, &digest);
        Ok(())
    }

    /// Changes the text of a drop-in or unit.
    fn edit(&mut self, path: &str, from: &str, to: &str) -> Result<()> {
        let text = fs::read_to_string(self.dir.join(path))?;
        ensure!(text.contains(from), "{from:?} is not in {text}");
        self.write(path, text.replacen(from, to, 1))
    }

    fn seal(&mut self) -> Result<()> {
        self.json["seal"] = crate::seal::of(&self.json)?.into();
        fs::write(self.dir.join("bundle.json"), self.json.to_string())?;
        Ok(())
    }

    fn path(&self, path: &str) -> PathBuf {
        self.dir.join(path)
    }

    /// What verify answers: no.
    fn told(&mut self) -> Result<String> {
        self.seal()?;
        let ran = confinix(["verify", "--offline"]).arg(&self.dir).run()?;
        Ok(ran.with_code(1)?.stdout)
    }

    /// Refused by all that looks at the files.
    fn files_refused(&mut self, parts: &[&str]) -> Result<()> {
        let told = self.told()?;
        for part in parts {
            ensure!(told.contains(part), "{part:?} is not in {told}");
        }
        let steers = |c: char| c.is_control() && c != '\n';
        ensure!(!told.contains(steers), "{told:?}");
        confinix(["enter"])
            .arg(&self.dir)
            .args(["web", "--ls"])
            .fails(3, &["could not trust", "make the bundle again"])?;
        self.refused_by_nix()
    }

    fn refused_by_nix(&self) -> Result<()> {
        let ran = instantiated(&self.dir)?;
        ensure!(ran.code != Some(0), "Nix takes it");
        ensure!(ran.stderr.contains("confinix: "), "{}", ran.stderr);
        Ok(())
    }

    /// Refused by all that reads bundle.json, as well.
    fn refused(&mut self, parts: &[&str]) -> Result<()> {
        self.files_refused(parts)?;
        let bundle = self.dir.to_str().context("no text")?.to_owned();
        let page = self.dir.with_file_name("page.html");
        let page = page.to_str().context("no text")?;
        let good = scratch()?;
        let good = good.path().join("good");
        copy(crate::support::shop()?, &good)?;
        let good = good.to_str().context("no text")?;
        for command in [
            &["show", &bundle][..],
            &["show", "--json", &bundle],
            &["why", &bundle, "web", "*"],
            &["diff", &bundle, good],
            &["diff", good, &bundle],
            &["audit", "--no-policy", &bundle],
            &["check", &bundle],
            &["report", &bundle, "-o", page],
        ] {
            let words = &["could not trust", "bundle.json"];
            confinix(command)
                .fails(3, words)
                .with_context(|| command.join(" "))?;
        }
        let services = scratch()?;
        let services = services.path().join("services.json");
        fs::write(
            &services,
            r#"{"version":1,"storeDir":"/nix/store","services":{}}"#,
        )?;
        let shop = confinix(["services", "-f"])
            .arg(fixture("fixtures/shop"))
            .succeeds()?;
        fs::write(&services, shop.stdout)?;
        bundle_of(&services, &self.dir.join("bundle.json"))
            .fails(3, &["could not read", "it is not what confinix writes"])?;
        Ok(())
    }
}

fn bundle_of(services: &Path, graph: &Path) -> crate::support::Run {
    bundle(["--services"])
        .arg(services)
        .arg("--graph")
        .arg(graph)
        .arg("-o")
        .arg(services.with_file_name("out"))
}

fn instantiated(bundle: &Path) -> Result<crate::support::Ran> {
    let expression = format!(
        "(import {CHECKOUT}/nix/from-bundle.nix {{ pkgs = import {CHECKOUT}/tests/nix/pkgs.nix {{ }}; bundle = {}; }}).outPath",
        bundle.display()
    );
    program("nix-instantiate", ["--eval", "--strict", "-E", &expression]).run()
}

/// Replaces the digest of a file wherever one is listed.
fn list(json: &mut Value, path: &str, digest: &str) {
    match json {
        Value::Object(object) => {
            if object.get("path").is_some_and(|listed| listed == path)
                && object.contains_key("sha256")
            {
                object.insert("sha256".to_owned(), json!(digest));
            }
            object
                .values_mut()
                .for_each(|value| list(value, path, digest));
        }
        Value::Array(items) => items.iter_mut().for_each(|value| list(value, path, digest)),
        _ => {}
    }
}

/// A path of the shop that is no symlink.
fn directory(json: &Value) -> Result<String> {
    let paths = keys(&json["paths"])?;
    let mut directories = paths
        .into_iter()
        .filter(|path| json["paths"][path]["symlink"].is_null());
    directories.next().context("no directory")
}

#[test]
fn what_confinix_writes_is_accepted_by_all() -> Result<()> {
    for mut forged in [
        Forged::of("bind")?,
        Forged::of("inherit")?,
        Forged::of("image")?,
        Forged::with_presets()?,
    ] {
        forged.seal()?;
        confinix(["verify", "--offline"])
            .arg(&forged.dir)
            .succeeds()?;
        confinix(["show"]).arg(&forged.dir).succeeds()?;
        let ran = instantiated(&forged.dir)?;
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    }
    Ok(())
}

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
        // Listed as the file of a view, as what is not listed is foreign.
        for is_listed in [false, true] {
            let mut forged = made.again()?;
            let id = keys(&forged.json["closures"])?[0].clone();
            if is_listed {
                forged.json["closures"][&id]["view"] = json!({
                    "files": [{ "path": place, "sha256": crate::made::HASH }],
                    "place": format!("/run/confinix/view/{id}"),
                });
            }
            forged.write(place, "[Service]\nExecStart=/bin/sh -c id\n")?;
            if is_listed {
                forged.refused(&["view: expected nothing, found {\"files\":[{\"path\":\""])
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
        ("it has 2 names", |file| {
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
        ("everyone can write to it (mode 0666;", |file| {
            Ok(fs::set_permissions(
                file,
                fs::Permissions::from_mode(0o666),
            )?)
        }),
        ("its group can write to it (mode 0775;", |file| {
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

#[test]
fn data_that_does_not_follow_is_refused() -> Result<()> {
    let made = Forged::of("bind")?;
    type Spoil = fn(&mut Value) -> Result<()>;
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
        ("it is in no closure", |json| {
            json["paths"][crate::made::path(7)] = crate::made::info(&[]);
            Ok(())
        }),
        ("is referred to but not listed", |json| {
            let path = keys(&json["paths"])?[0].clone();
            json["paths"][&path]["references"] = json!([crate::made::path(7)]);
            Ok(())
        }),
        ("is a path of which nothing is known", |json| {
            json["services"]["web.service"]["roots"][0]["path"] = json!(crate::made::path(7));
            Ok(())
        }),
        ("which does not name it", |json| {
            let other = json["services"]["mail.service"]["roots"][0]["path"].clone();
            json["services"]["web.service"]["roots"][0]["path"] = other;
            Ok(())
        }),
        ("there are paths of two stores", |json| {
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
fn a_view_that_shows_something_else_is_refused() -> Result<()> {
    let image_of = |forged: &Forged, service: &str| -> Result<String> {
        let id = forged.json["services"][service]["closure"]
            .as_str()
            .context("no id")?;
        Ok(format!("{UNITS}/confinix-{id}.erofs"))
    };
    let mut forged = Forged::of("image")?;
    let (web, other) = (
        image_of(&forged, "web.service")?,
        image_of(&forged, "search.service")?,
    );
    let content = fs::read(forged.path(&other))?;
    forged.write(&web, content)?;
    let told = forged.told()?;
    assert!(
        told.contains(&format!(
            "{web}: not what confinix writes: another image from byte "
        )),
        "{told}"
    );
    confinix(["show"])
        .arg(&forged.dir)
        .fails(3, &["view.files["])?;

    let mut forged = Forged::of("image")?;
    let id = forged.json["services"]["web.service"]["closure"]
        .as_str()
        .context("no id")?
        .to_owned();
    let unit = format!("{UNITS}/run-confinix-view-{id}.mount");
    forged.edit(&unit, "[Mount]\n", "OnSuccess=evil.service\n[Mount]\n")?;
    forged.refused(&["OnSuccess=evil.service"])?;

    let mut forged = Forged::of("image")?;
    forged.json["closures"][&id]["view"]["place"] = json!("/etc");
    let told = forged.told()?;
    assert!(told.contains("view.place: expected"), "{told}");

    let mut forged = Forged::of("image")?;
    let path = directory(&forged.json)?;
    forged.json["paths"][&path]["file"] = json!({ "executable": true, "size": 9 });
    forged.json["paths"][&path]
        .as_object_mut()
        .context("no path")?
        .remove("directory");
    let told = forged.told()?;
    assert!(told.contains("confinix-"), "{told}");
    Ok(())
}

#[test]
fn presets_and_adopted_roots_say_what_they_set() -> Result<()> {
    type Spoil = fn(&mut Forged) -> Result<()>;
    let cases: [(&str, Spoil); 7] = [
        ("Environment", |forged| {
            forged.service("tor.service")["definitions"]["mail"]["environment"]["LD_PRELOAD"] =
                json!("/x");
            Ok(())
        }),
        ("variables[1]: expected nothing", |forged| {
            forged.service("tor.service")["variables"] = json!(["B", "C"]);
            Ok(())
        }),
        ("nothing tells what the preset \"mail\" is", |forged| {
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
        // A line break in a word would begin a line of its own.
        ("it does not end with its line", |forged| {
            forged.service("tor.service")["settings"]["BindPaths"] =
                json!(["\"/a\nExecStartPre=+/bin/sh\n\""]);
            Ok(())
        }),
        ("it does not end with its line", |forged| {
            forged.service("tor.service")["settings"]["BindPaths"] = json!(["/a\\"]);
            Ok(())
        }),
    ];
    for (word, spoil) in cases {
        let mut forged = Forged::with_presets()?;
        spoil(&mut forged)?;
        let told = forged.told()?;
        assert!(told.contains(word), "{word:?} is not in {told}");
        confinix(["show"])
            .arg(&forged.dir)
            .fails(3, &["could not trust"])?;
    }
    Ok(())
}

#[test]
fn an_older_bundle_is_to_be_made_again() -> Result<()> {
    let mut forged = Forged::of("bind")?;
    forged.json["version"] = json!(1);
    forged.seal()?;
    for command in ["show", "verify", "audit"] {
        confinix([command]).arg(&forged.dir).fails(
            3,
            &["it has version 1, and this confinix reads version 2: make the bundle again"],
        )?;
    }
    Ok(())
}

/// Such a bundle says nothing that does not follow; but the store says otherwise.
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
