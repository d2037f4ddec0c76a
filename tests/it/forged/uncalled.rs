//! Executables that nothing in a closure calls (`confinement.hide`: programs and interpreters).

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::Forged;
use crate::support::{confinix, scratch};

/// Scripts of a package, each with its text after the first line.
const SCRIPTS: [(&str, &str); 9] = [
    ("bin/called", "exec more"),
    ("bin/git-add", ""),
    ("bin/mentioned.sh", ""),
    ("bin/perl5.38", ""),
    ("bin/python3", ""),
    ("bin/unused", "called by nobody"),
    ("lib/module.py", "import os"),
    ("libexec/helper", ""),
    ("sbin/unused", ""),
];

fn made(web: &str, more: &str) -> Result<Forged> {
    let scratch = scratch()?;
    let package = scratch.path().join("package");
    let web = format!("{web}\n");
    for (file, text) in SCRIPTS.iter().copied().chain([("bin/web", web.as_str())]) {
        let path = package.join(file);
        fs::create_dir_all(path.parent().context("no directory")?)?;
        fs::write(&path, format!("#!/bin/sh\n{text}\n"))?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
    }
    fs::create_dir_all(package.join("share/app"))?;
    fs::write(
        package.join("share/app/conf"),
        "run = mentioned.sh\nhelper = git-%s\n",
    )?;
    symlink("called", package.join("bin/nick"))?;
    symlink("called", package.join("bin/other"))?;
    let expression = format!(
        r#"let
          package = builtins.path {{ path = {}; name = "package"; }};
        in {{ services.web = {{
          confinement = {{ enable = true; hide = [ "programs" "interpreters" ]; }};
          serviceConfig = {{ ExecStart = "${{package}}/bin/web"; {more} }};
        }}; }}"#,
        package.display()
    );
    Forged::made(&["--impure", "--expr", &expression], "image")
}

fn closure(json: &Value) -> Result<&Value> {
    let closures = json["closures"].as_object().context("no closures")?;
    closures.values().next().context("no closure")
}

fn package(json: &Value) -> Result<String> {
    let paths = json["paths"].as_object().context("no paths")?;
    let mut names = paths.keys().filter(|path| path.ends_with("-package"));
    Ok(names.next().context("no package")?.clone())
}

fn why(made: &Forged, pattern: &str) -> Result<String> {
    let ran = confinix(["why", "--hidden"])
        .arg(&made.dir)
        .args(["web", pattern]);
    Ok(ran.run()?.stdout)
}

#[test]
fn what_nothing_calls_is_hidden_and_what_may_be_called_stays() -> Result<()> {
    let made = made("called x | nick", "")?;
    let package = package(&made.json)?;
    assert_eq!(
        closure(&made.json)?["hidden"],
        json!({
            "interpreters": { &package: ["bin/perl5.38", "bin/python3"] },
            "programs": { &package: ["bin/other", "bin/unused", "sbin/unused"] },
        })
    );
    confinix(["verify"]).arg(&made.dir).succeeds()?;
    confinix(["verify", "--offline"])
        .arg(&made.dir)
        .succeeds()?;
    let told = why(&made, "bin/unused")?;
    assert!(told.contains("programs: other executables"), "{told}");
    for (file, reason) in [
        ("bin/nick", format!("{package}/bin/web can call it")),
        ("bin/git-add", format!("a file of {package} names it")),
        ("bin/mentioned.sh", format!("a file of {package} names it")),
        ("libexec/helper", "it may be a helper of".to_owned()),
    ] {
        let told = why(&made, file)?;
        assert!(told.contains(&format!("stays: {reason}")), "{file}: {told}");
    }
    let shown = confinix(["show", "--surface"]).arg(&made.dir).succeeds()?;
    assert!(shown.stdout.contains("6 of 10"), "{}", shown.stdout);
    Ok(())
}

#[test]
fn what_the_unit_names_stays() -> Result<()> {
    let made = made(
        "",
        "ExecStartPre = \"-/bin/env python3 -c other\"; Environment = \"X=unused\";",
    )?;
    let hidden = &closure(&made.json)?["hidden"];
    let package = package(&made.json)?;
    assert_eq!(
        hidden["interpreters"][&package],
        json!(["bin/perl5.38"]),
        "{hidden}"
    );
    assert_eq!(
        hidden["programs"][&package],
        json!(["bin/nick"]),
        "{hidden}"
    );
    Ok(())
}

#[test]
fn where_it_cannot_be_told_everything_stays_and_the_reason_is_shown() -> Result<()> {
    for (script, more, reason) in [
        (
            "\"$COMMAND\" x",
            "",
            "is a script with commands that are known only when it runs",
        ),
        (
            ". /etc/commands",
            "",
            "is a script with commands that are known only when it runs",
        ),
        (
            "sh /srv/app.sh",
            "",
            "may run code that is not in the closure (/srv/app.sh)",
        ),
        (
            "if then",
            "",
            "is a script that confinix does not understand",
        ),
        (
            "",
            "ExecStartPre = \"/bin/sh\";",
            "may run code that is not in the closure (what sh reads)",
        ),
    ] {
        let made = made(script, more)?;
        let closure = closure(&made.json)?;
        assert_eq!(closure.get("hidden"), None, "{script}");
        confinix(["verify"]).arg(&made.dir).succeeds()?;
        for told in [
            why(&made, "bin/unused")?,
            confinix(["show"])
                .arg(&made.dir)
                .arg("web")
                .succeeds()?
                .stdout,
        ] {
            assert!(told.contains(reason), "{script}: {told}");
        }
    }
    Ok(())
}

#[test]
fn lists_of_what_nothing_calls_that_confinix_would_not_write_are_refused() -> Result<()> {
    let made = made("called x", "")?;
    let package = package(&made.json)?;
    let id = made.json["services"]["web.service"]["closure"].clone();
    let id = id.as_str().context("no closure")?;
    for list in [
        json!({ "programs": { &package: ["bin/unused", "bin/other"] } }),
        json!({ "programs": { &package: ["bin/x/y"] } }),
        json!({ "programs": { &package: [] } }),
        json!({ "docs": { &package: ["bin/unused"] } }),
    ] {
        let mut forged = made.again()?;
        forged.json["closures"][id]["hidden"] = list.clone();
        let told = forged.told().with_context(|| list.to_string())?;
        let is_told = told.contains("view") || told.contains("hidden");
        assert!(is_told, "{list}: {told}");
    }
    let mut forged = made.again()?;
    forged.json["closures"][id]["untold"] = json!({ "x": "y" });
    let told = forged.told()?;
    assert!(
        told.contains("it hides files, and tells why it does not"),
        "{told}"
    );
    // Made for another store path of the same name.
    let mut json = made.json.clone();
    json["closures"][id]["hidden"] = json!({ "programs": { &package: ["bin/called"] } });
    let bundle = serde_json::from_value(json)?;
    let dir = confinix::store::StoreDir::parse("/nix/store")?;
    let files = confinix::store::LocalFiles::new("/", &dir);
    let told = confinix::bundle::differing_objects(&bundle, &files)?;
    let told: Vec<_> = told.iter().map(ToString::to_string).collect();
    assert!(told.iter().any(|line| line.contains("hidden")), "{told:?}");
    Ok(())
}
