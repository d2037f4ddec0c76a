//! Bundles with a valid seal and content that confinix would not write: `verify`, every reader and nix/from-bundle.nix refuse them and
//! report what is wrong.

mod calls;
mod data;
pub mod exchanged;
mod files;
mod hidden;
mod numbers;
mod own_views;
mod ran;
mod ran_shell;
mod uncalled;
mod uncounted;
mod views;

use std::fs;
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

/// A bundle of the shop that is changed by someone who can seal it.
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

    /// Returns another copy of the original bundle.
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

    /// Returns a bundle with a service that has its own root, a user's preset, and variables that the unit sets itself.
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

    /// Writes a file, and its digest wherever the bundle lists the file.
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

    /// Returns the output of verify, which must answer no.
    fn told(&mut self) -> Result<String> {
        self.seal()?;
        let ran = confinix(["verify", "--offline"]).arg(&self.dir).run()?;
        Ok(ran.with_code(1)?.stdout)
    }

    /// Every command that reads the files must refuse it.
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
            .fails(3, &["cannot trust", "make the bundle again"])?;
        self.refused_by_nix()
    }

    fn refused_by_nix(&self) -> Result<()> {
        let ran = instantiated(&self.dir)?;
        ensure!(ran.code != Some(0), "Nix takes it");
        ensure!(ran.stderr.contains("confinix: "), "{}", ran.stderr);
        Ok(())
    }

    /// Every command that reads bundle.json must refuse it too.
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
            let words = &["cannot trust", "bundle.json"];
            confinix(command)
                .fails(3, words)
                .with_context(|| command.join(" "))?;
        }
        let services = scratch()?;
        let services = services.path().join("services.json");
        let shop = confinix(["services", "-f"])
            .arg(fixture("fixtures/shop"))
            .succeeds()?;
        fs::write(&services, shop.stdout)?;
        bundle_of(&services, &self.dir.join("bundle.json"))
            .fails(3, &["cannot read", "it is not what confinix writes"])?;
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

/// Replaces the digest of a file wherever the bundle lists it.
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

/// Returns a path of the shop that is not a symlink.
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
fn an_older_bundle_is_to_be_made_again() -> Result<()> {
    let mut forged = Forged::of("bind")?;
    let id = forged.json["services"]["web.service"]["closure"].clone();
    let id = id.as_str().context("no id")?;
    let paths = keys(&forged.json["paths"])?;
    // As it was before version 3, with the view of a closure of its own.
    forged.json["closures"][id]["paths"] = json!(paths);
    forged.json["closures"][id]["view"] = json!({ "files": [], "place": "/run/confinix/view/x" });
    for version in [1, 2] {
        forged.json["version"] = json!(version);
        forged.seal()?;
        let told = format!(
            "version {version} is not supported, expected version 3: make the bundle again"
        );
        for command in ["show", "verify", "audit", "check"] {
            confinix([command])
                .arg(&forged.dir)
                .fails(3, &["bundle.json", &told])?;
        }
        forged.refused_by_nix()?;
    }
    Ok(())
}
