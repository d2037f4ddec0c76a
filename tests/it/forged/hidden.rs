//! Files that views leave out (`confinement.hide`).

use std::fs;
use std::os::unix::fs::PermissionsExt;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Forged, instantiated};
use crate::support::{bundle, bundle_json, confinix, drop_in, scratch};

/// A package with files of every class, and files that are in no class but look similar.
const FILES: [&str; 14] = [
    "bin/web",
    "include/c++/vector",
    "include/functions.php",
    "include/x.h",
    "lib/libx.a",
    "lib/libx.la",
    "lib/libx.so",
    "lib/modules/x.la",
    "lib/pkgconfig/x.pc",
    "share/doc/x/README",
    "share/locale/de/x.mo",
    "share/man/man1/x.1",
    "share/man/\u{e9}/100%",
    "share/x/data",
];

/// A directory with these files, and an expression of services that run a program in it.
fn services(more: &str) -> Result<(TempDir, String)> {
    let scratch = scratch()?;
    for file in FILES {
        let path = scratch.path().join(file);
        fs::create_dir_all(path.parent().context("no directory")?)?;
        fs::write(path, "#!/bin/sh\n")?;
    }
    let program = fs::Permissions::from_mode(0o755);
    fs::set_permissions(scratch.path().join("bin/web"), program)?;
    let expression = format!(
        r#"let
          package = builtins.path {{ path = {}; name = "package"; }};
          service = more: {{
            confinement = {{ enable = true; }} // more;
            serviceConfig.ExecStart = "${{package}}/bin/web";
          }};
        in {{ services = {{ api = service {{ }}; web = service {{ {more} }}; }}; }}"#,
        scratch.path().display()
    );
    Ok((scratch, expression))
}

fn made(more: &str, strategy: &str) -> Result<Forged> {
    let (_scratch, expression) = services(more)?;
    Forged::made(&["--impure", "--expr", &expression], strategy)
}

fn package(json: &Value) -> Result<String> {
    let paths = json["paths"].as_object().context("no paths")?;
    let mut names = paths.keys().filter(|path| path.ends_with("-package"));
    Ok(names.next().context("no package")?.clone())
}

#[test]
fn hidden_files_are_recorded_by_class_and_everything_verifies() -> Result<()> {
    let hide = "hide = [ \"headers\" \"docs\" \"static-libraries\" \"docs\" ];";
    let made = made(hide, "image")?;
    let package = package(&made.json)?;
    assert_eq!(
        made.json["services"]["web.service"]["hide"],
        json!(["docs", "headers", "static-libraries"])
    );
    assert_eq!(
        made.json["paths"][&package]["hidden"],
        json!({
            "docs": ["share/doc", "share/man"],
            "headers": ["include/c++", "include/x.h", "lib/pkgconfig"],
            "static-libraries": ["lib/libx.a", "lib/libx.la"],
        })
    );
    // The same closure, with and without these files.
    let closure = made.json["services"]["api.service"]["closure"].clone();
    assert_eq!(made.json["services"]["web.service"]["closure"], closure);
    let closure = closure.as_str().context("no closure")?;
    let shown = |name: &str| -> Result<String> {
        let text = drop_in(&made.dir, name)?;
        let bind = text.lines().last().context("no bind")?;
        Ok(bind.to_owned())
    };
    let whole = format!("BindReadOnlyPaths=/run/confinix/views/{closure}:/nix/store");
    assert_eq!(shown("api.service")?, whole);
    assert_ne!(shown("web.service")?, whole);
    confinix(["verify"]).arg(&made.dir).succeeds()?;
    confinix(["verify", "--offline"])
        .arg(&made.dir)
        .succeeds()?;
    let ran = instantiated(&made.dir)?;
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    Ok(())
}

#[test]
fn hiding_needs_a_view_and_auto_takes_one() -> Result<()> {
    let auto = made("hide = [ \"docs\" ];", "auto")?;
    let strategy = |name: &str| auto.json["services"][name]["strategy"].clone();
    assert_eq!(strategy("web.service"), "image");
    assert_eq!(strategy("api.service"), "bind");
    let refused = |more: &str, option: &str, parts: &[&str]| -> Result<()> {
        let (_scratch, expression) = services(more)?;
        bundle(["--impure", "--expr", &expression, option]).fails(3, parts)?;
        Ok(())
    };
    let remedy = "confinement.hide needs a view, and confinement.strategy is bind: set it to image, or drop one of the two";
    refused(
        "hide = [ \"docs\" ]; strategy = \"bind\";",
        "--quiet",
        &[remedy],
    )?;
    refused("strategy = \"bind\";", "--hide=docs", &[remedy])?;
    refused("hide = [ \"doc\" ];", "--quiet", &["docs", "headers"])?;
    confinix(["show", "--hide=docs"])
        .arg(&auto.dir)
        .fails(2, &["--hide"])?;
    confinix(["check", "--hide=docs"])
        .arg(&auto.dir)
        .fails(2, &["--hide has no effect on the existing bundle"])?;
    Ok(())
}

#[test]
fn an_option_hides_from_every_service_and_makes_the_same_bytes() -> Result<()> {
    let (_files, expression) = services("hide = [ \"docs\" ];")?;
    let scratch = scratch()?;
    let all = [scratch.path().join("one"), scratch.path().join("two")];
    for out in &all {
        bundle(["--impure", "--expr", &expression, "--hide=docs", "-o"])
            .arg(out)
            .succeeds()?;
    }
    let json = bundle_json(&all[0])?;
    for name in ["api.service", "web.service"] {
        assert_eq!(json["services"][name]["hide"], json!(["docs"]));
    }
    assert_eq!(
        crate::support::files(&all[0])?,
        crate::support::files(&all[1])?
    );
    Ok(())
}

#[test]
fn what_is_hidden_is_explained_and_counted() -> Result<()> {
    let made = made("hide = [ \"docs\" ];", "image")?;
    let package = package(&made.json)?;
    let why = |arguments: &[&str]| confinix(["why", "--hidden"]).arg(&made.dir).args(arguments);
    for pattern in ["share/man", "share/man/man1/x.1", "share/*"] {
        let said = why(&["web", pattern]).succeeds()?.stdout;
        let file = format!("{package}/share/man\n  docs: manuals and other documentation\n");
        assert!(said.contains(&file), "{pattern}: {said}");
    }
    let json = why(&["web", "man", "--json"]).succeeds()?.stdout;
    let json: Value = serde_json::from_str(&json)?;
    assert_eq!(
        json["hidden"],
        json!([{ "path": package, "file": "share/man", "class": "docs" }])
    );
    let none = why(&["api", "share/man"]).run()?.with_code(1)?;
    assert!(none.stdout.contains("hides nothing"), "{}", none.stdout);
    let shown = confinix(["show", "--surface", "--json"])
        .arg(&made.dir)
        .succeeds()?;
    let shown: Value = serde_json::from_str(&shown.stdout)?;
    let surface = |index: usize, key: &str| shown["services"][index]["surface"][key].clone();
    assert_eq!(
        (surface(0, "files"), surface(0, "hidden")),
        (14.into(), 0.into())
    );
    assert_eq!(
        (surface(1, "files"), surface(1, "hidden")),
        (11.into(), 3.into())
    );
    Ok(())
}

#[test]
fn a_hidden_command_is_foreseen() -> Result<()> {
    let (scratch, expression) = services("hide = [ \"docs\" ];")?;
    let expression = expression.replace("/bin/web", "/share/doc/x/README");
    let out = scratch.path().join("out");
    bundle(["--impure", "--expr", &expression, "-o"])
        .arg(&out)
        .succeeds()?;
    let ran = confinix(["check", "--format", "json"]).arg(&out).run()?;
    let report: Value = serde_json::from_str(&ran.stdout)?;
    let findings = report["findings"].as_array().context("no findings")?;
    let missing: Vec<_> = findings
        .iter()
        .filter(|finding| finding["code"] == "command-missing")
        .filter(|finding| finding["message"].to_string().contains("does not exist"))
        .map(|finding| finding["service"].clone())
        .collect();
    assert_eq!(missing, ["web.service"], "{findings:#?}");
    Ok(())
}

#[test]
fn lists_of_hidden_files_that_confinix_would_not_write_are_refused() -> Result<()> {
    let made = made("hide = [ \"docs\" ];", "image")?;
    let package = package(&made.json)?;
    for list in [
        json!({ "docs": ["share/doc"] }),
        json!({ "docs": ["share/man", "share/doc"] }),
        json!({ "docs": ["share/doc", "share/man", "share/x/data"] }),
        json!({ "docs": ["share/doc", "share/man"], "headers": ["include/x.h"] }),
        json!({ "docs": ["../x"] }),
        json!({ "docs": ["nowhere/x"] }),
        json!({}),
    ] {
        let mut forged = made.again()?;
        forged.json["paths"][&package]["hidden"] = list.clone();
        let told = forged.told().with_context(|| list.to_string())?;
        assert!(
            told.contains("view") || told.contains("hidden"),
            "{list}: {told}"
        );
    }
    let mut forged = made.again()?;
    forged.service("web.service")["strategy"] = "bind".into();
    forged.refused(&["hide is set, which needs a strategy with a view"])?;
    let mut forged = made.again()?;
    forged.service("api.service")["hide"] = json!(["docs"]);
    forged.refused(&["api.service"])
}

#[test]
fn a_list_that_the_store_contradicts_is_told() -> Result<()> {
    // Made for another store path of the same name.
    let made = made("hide = [ \"docs\" ];", "image")?;
    let package = package(&made.json)?;
    let mut json = made.json.clone();
    json["paths"][&package]["hidden"] = json!({ "docs": ["share/doc"] });
    let bundle = serde_json::from_value(json)?;
    let files =
        confinix::store::LocalFiles::new("/", &confinix::store::StoreDir::parse("/nix/store")?);
    let told = confinix::bundle::differing_objects(&bundle, &files)?;
    let told: Vec<_> = told.iter().map(ToString::to_string).collect();
    assert!(
        told.iter().any(|line| line.contains("share/man")),
        "{told:?}"
    );
    Ok(())
}

/// An image has no names of files but of those that it hides.
#[test]
fn an_image_has_a_name_for_each_hidden_file_and_directory() -> Result<()> {
    let image = |more: &str| -> Result<Vec<u8>> {
        let made = made(more, "image")?;
        let id = made.json["view"]["image"].as_str().context("no image")?;
        let image = made.path(&format!("{}/confinix-{id}.erofs", super::UNITS));
        Ok(fs::read(image)?)
    };
    let has = |image: &[u8], name: &str| {
        image
            .windows(name.len())
            .any(|found| found == name.as_bytes())
    };
    let (some, none) = (image("hide = [ \"static-libraries\" ];")?, image("")?);
    for name in ["libx.a", "libx.la"] {
        assert!(has(&some, name) && !has(&none, name), "{name}");
    }
    assert!(!has(&some, "libx.so"));
    let all = "hide = [ \"docs\" \"headers\" \"locales\" \"static-libraries\" ];";
    assert!(image(all)?.len() <= none.len() + 4096);
    Ok(())
}
