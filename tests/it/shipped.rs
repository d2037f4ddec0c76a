//! Units that packages ship, with the packages' drop-ins.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{OFFLINE, bundle, bundle_json, confinix, fake, nix, scratch, strings};

/// Packages to be added to the store.
pub(crate) struct Packages(TempDir);

impl Packages {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self(scratch()?))
    }

    fn path(&self, package: &str, file: &str) -> Result<PathBuf> {
        let path = self.0.path().join(package).join(file);
        fs::create_dir_all(path.parent().context("no parent")?)?;
        Ok(path)
    }

    pub(crate) fn file(&self, package: &str, file: &str, text: &str) -> Result<()> {
        Ok(fs::write(self.path(package, file)?, text)?)
    }

    /// Writes a file among the units of a package.
    pub(crate) fn unit(&self, package: &str, file: &str, text: &str) -> Result<()> {
        self.file(package, &format!("{UNITS}/{file}"), text)
    }

    pub(crate) fn link(&self, package: &str, file: &str, target: &str) -> Result<()> {
        Ok(symlink(target, self.path(package, file)?)?)
    }

    /// Adds a package to the store.
    pub(crate) fn add(&self, package: &str) -> Result<String> {
        let added = nix(["store", "add-path"])
            .arg(self.0.path().join(package))
            .succeeds()?;
        Ok(added.stdout.trim().to_owned())
    }

    /// Returns a plain set with these packages and services.
    fn expression(&self, packages: &[&str], services: &str) -> Result<String> {
        let mut paths = String::new();
        for package in packages {
            paths.extend([" \"", &self.add(package)?, "\""]);
        }
        Ok(format!("{{ packages = [ {paths}]; {services} }}"))
    }

    fn made(&self, packages: &[&str], services: &str) -> Result<Value> {
        let out = self.0.path().join("out");
        bundle([
            "--expr",
            &self.expression(packages, services)?,
            "--all",
            "-o",
        ])
        .arg(&out)
        .succeeds()?;
        Ok(bundle_json(&out)?["services"].take())
    }
}

pub(crate) const UNITS: &str = "lib/systemd/system";
/// A unit that a package ships.
const ONE: &str = "[Service]\nExecStart=/bin/one\n";

#[test]
fn a_shipped_unit_is_merged_with_the_packages_drop_ins() -> Result<()> {
    let packages = Packages::new()?;
    let unit = |file: &str, text: &str| packages.unit("one", file, text);
    unit(
        "a-b.service",
        "[Unit]\nX=y\n[Service]\nExecStart=/bin/one\nUMask=no\n",
    )?;
    unit(
        "a-b.service.d/10-more.conf",
        "[Service]\nExecStartPre=/bin/ten\nUMask=yes\n",
    )?;
    unit(
        "a-b.service.d/zz-late.conf",
        "[Service]\nExecStart=\nExecStart=/bin/late\n",
    )?;
    unit(
        "a-b.service.d/overrides.conf",
        "[Service]\nUMask=disconnected\n",
    )?;
    unit(
        "a-.service.d/20-prefix.conf",
        "[Service]\nExecStartPre=/bin/prefix\n",
    )?;
    unit("service.d/10-all.conf", "[Service]\nNice=no\n")?;
    unit("service.d/10-more.conf", "[Service]\nNice=hidden\n")?;
    // Packages are linked into one directory: the unit's own directory has priority over that of its prefix, in any package.
    let other =
        |file: &str, text: &str| packages.file("two", &format!("etc/systemd/system/{file}"), text);
    other(
        "a-b.service.d/20-prefix.conf",
        "[Service]\nExecStartPre=/bin/two\n",
    )?;
    other("a-b.service", "[Service]\nExecStart=/bin/hidden\n")?;
    other("a-b.service.d/30-null.conf", "")?;
    let services = r#"services.a-b.serviceConfig = { UMask = "own"; };"#;
    let exec = |service: &Value, setting: &str| strings(&service["exec"][setting]);
    let made = packages.made(&["one", "two"], services)?;
    let service = &made["a-b.service"];
    assert_eq!(exec(service, "ExecStart")?, ["/bin/late"]);
    assert_eq!(exec(service, "ExecStartPre")?, ["/bin/ten", "/bin/two"]);
    assert_eq!(
        strings(&service["settings"]["UMask"])?,
        ["no", "yes", "own"]
    );
    assert_eq!(strings(&service["settings"]["Nice"])?, ["no"]);
    Ok(())
}

#[test]
fn a_template_s_drop_ins_are_for_its_instances() -> Result<()> {
    let packages = Packages::new()?;
    let unit = |file: &str, text: &str| packages.unit("one", file, text);
    unit("t@.service", "[Service]\nExecStart=/bin/t %i\n")?;
    unit("t@.service.d/a.conf", "[Service]\nUMask=a\n")?;
    unit("t@x.service.d/b.conf", "[Service]\nUMask=b\n")?;
    let made = packages.made(&["one"], r#"services."t@x" = { }; services."t@" = { };"#)?;
    assert_eq!(
        strings(&made["t@x.service"]["settings"]["UMask"])?,
        ["a", "b"]
    );
    assert_eq!(strings(&made["t@.service"]["settings"]["UMask"])?, ["a"]);
    Ok(())
}

#[test]
fn links_within_the_store_are_followed() -> Result<()> {
    let packages = Packages::new()?;
    packages.file("one", "share/real.service", ONE)?;
    packages.link(
        "one",
        &format!("{UNITS}/a.service"),
        "../../../share/real.service",
    )?;
    packages.link("one", &format!("{UNITS}/alias.service"), "a.service")?;
    packages.file("one", "share/drop-ins/b.conf", "[Service]\nUMask=b\n")?;
    packages.link(
        "one",
        &format!("{UNITS}/a.service.d"),
        "../../../share/drop-ins",
    )?;
    let made = packages.made(&["one"], "services.a = { }; services.alias = { };")?;
    for name in ["a.service", "alias.service"] {
        assert_eq!(
            strings(&made[name]["exec"]["ExecStart"])?,
            ["/bin/one"],
            "{name}"
        );
    }
    assert_eq!(strings(&made["a.service"]["settings"]["UMask"])?, ["b"]);
    // A link out of the directory of units makes it a separate unit of this name.
    assert_eq!(made["alias.service"]["settings"]["UMask"], Value::Null);
    Ok(())
}

#[test]
fn a_package_s_file_that_can_not_be_read_is_named() -> Result<()> {
    for (text, said) in [
        (
            "[Service]\nnonsense\n",
            "a.service.d/x.conf:2: \"nonsense\" has no '=' (ignored)",
        ),
        ("[Unit\n", "a.service.d/x.conf:1: the section header"),
    ] {
        let packages = Packages::new()?;
        packages.unit("one", "a.service", ONE)?;
        packages.unit("one", "a.service.d/x.conf", text)?;
        let expression = packages.expression(&["one"], "services.a = { };")?;
        let out = packages.0.path().join("out");
        bundle(["--expr", &expression, "--all", "-o"])
            .arg(out)
            .succeeds()?
            .saying(&["warning: ", said])?;
    }
    Ok(())
}

#[test]
fn a_package_s_unit_that_can_not_be_read_is_named() -> Result<()> {
    let packages = Packages::new()?;
    packages.link("one", &format!("{UNITS}/a.service"), "/dev/null")?;
    packages.link("one", &format!("{UNITS}/b.service"), "/etc/nowhere")?;
    let expression =
        |name: &str| packages.expression(&["one"], &format!("services.{name} = {{ }};"));
    bundle(["--expr", &expression("a")?, "--all"]).fails(
        3,
        &[
            "a.service is masked",
            "a.service is empty or a link to /dev/null",
        ],
    )?;
    bundle(["--expr", &expression("b")?, "--all"])
        .fails(3, &["b.service links to something outside the store"])?;
    Ok(())
}

/// The printed services value is a complete recording: it contains the units that packages ship.
#[test]
fn recordings_have_the_drop_ins_too() -> Result<()> {
    let packages = Packages::new()?;
    packages.unit("one", "a.service", ONE)?;
    packages.unit(
        "one",
        "a.service.d/x.conf",
        "[Service]\nExecStop=/bin/stop\n",
    )?;
    let ran = confinix([
        "services",
        "--expr",
        &packages.expression(&["one"], "services.a = { };")?,
        "--all",
    ])
    .args(OFFLINE)
    .succeeds()?;
    let services: Value = serde_json::from_str(&ran.stdout)?;
    assert_eq!(
        services["services"]["a.service"]["exec"]["ExecStop"][0]["text"],
        "/bin/stop"
    );
    Ok(())
}

/// Each access to a store elsewhere is a call of nix, and services share many paths.
#[test]
fn a_store_elsewhere_is_not_looked_at_twice() -> Result<()> {
    let packages = Packages::new()?;
    packages.unit("one", "t@.service", ONE)?;
    packages.unit("one", "t@.service.d/a.conf", "[Service]\nUMask=a\n")?;
    packages.unit("one", "service.d/b.conf", "[Service]\nNice=b\n")?;
    let expression = packages.expression(
        &["one"],
        r#"services."t@x" = { }; services."t@y" = { }; services."t@" = { };"#,
    )?;
    let scratch = packages.0.path();
    let cache = format!("file://{}", scratch.join("cache").display());
    nix(["copy", "--to", &cache, &packages.add("one")?]).succeeds()?;

    let log = scratch.join("log");
    let script = format!(
        "case \" $* \" in *' store ls '* | *' store cat '*) echo \"$*\" >> {} ;; esac\nPATH={:?} exec nix \"$@\"",
        log.display(),
        std::env::var("PATH")?,
    );
    let out = scratch.join("out");
    bundle(["--expr", &expression, "--all", "--store", &cache])
        .args(["--eval-store", "auto", "-o"])
        .arg(&out)
        .env("PATH", fake(scratch, &["nix"], &script)?)
        .succeeds()?;
    for name in ["t@.service", "t@x.service", "t@y.service"] {
        let settings = &bundle_json(&out)?["services"][name]["settings"];
        assert_eq!(strings(&settings["UMask"])?, ["a"], "{name}");
        assert_eq!(strings(&settings["Nice"])?, ["b"], "{name}");
    }
    let asked = fs::read_to_string(&log)?;
    let mut looks: Vec<_> = asked.lines().collect();
    assert!(looks.iter().any(|look| look.contains(" store ls ")));
    assert!(looks.iter().any(|look| look.contains(" store cat ")));
    looks.sort_unstable();
    let count = looks.len();
    looks.dedup();
    assert_eq!(count, looks.len(), "{asked}");
    Ok(())
}
