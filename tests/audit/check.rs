use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use anyhow::{Result, bail};
use confinix::audit::{Audit, Date, Level, Levels, Policy, Target, audit};
use confinix::bundle::read_sealed;
use confinix::store::{Entry, LocalFiles, StoreFiles};
use insta::assert_snapshot;

use crate::support::{Place, RECORDING};

/// A place with a store of its own: a shell and a script, and services that use them.
struct Store {
    place: Place,
    dir: String,
    services: BTreeMap<String, serde_json::Value>,
    paths: Vec<String>,
}

impl Store {
    fn new() -> Result<Self> {
        let place = Place::new()?;
        let dir = place.path("store").display().to_string();
        let mut store = Self {
            place,
            dir,
            services: BTreeMap::new(),
            paths: Vec::new(),
        };
        let shell = store.path("shell");
        store.file("shell", "bin/sh", &program(), 0o555)?;
        store.file("data", "file", b"data", 0o444)?;
        store.file("bad", "bin/plain", b"data", 0o444)?;
        store.file("bad", "bin/cut", &program()[..40], 0o555)?;
        store.file("bad", "bin/late", b"\n#!/bin/sh\n", 0o555)?;
        store.file("bad", "bin/perl", b"#!/usr/bin/perl -w\n", 0o555)?;
        let script = format!(
            "#!{shell}/bin/sh -e\nif true; then sed x; fi\nln -s {}/file x\n",
            store.path("data")
        );
        store.file("script", "bin/start", script.as_bytes(), 0o555)?;
        store.file(
            "script",
            "bin/broken",
            format!("#!{shell}/bin/sh\nif x\n").as_bytes(),
            0o555,
        )?;
        Ok(store)
    }

    fn path(&self, name: &str) -> String {
        let hash = name.bytes().map(|byte| {
            if byte == b'e' || byte == b't' {
                'z'
            } else {
                byte as char
            }
        });
        let hash: String = hash
            .filter(|c| !"eout".contains(*c))
            .chain(std::iter::repeat('0'))
            .take(32)
            .collect();
        format!("{}/{hash}-{name}", self.dir)
    }

    fn file(&mut self, name: &str, file: &str, content: &[u8], mode: u32) -> Result<()> {
        let path = self.path(name);
        let file = std::path::Path::new(&path).join(file);
        fs::create_dir_all(file.parent().unwrap_or(&file))?;
        fs::write(&file, content)?;
        fs::set_permissions(&file, fs::Permissions::from_mode(mode))?;
        self.paths.push(path);
        Ok(())
    }

    /// Adds a service that runs this line, in which `NAME:` stands for a path of the store.
    fn service(&mut self, name: &str, line: &str, settings: &serde_json::Value, bin_sh: bool) {
        let text = |line: &str| serde_json::json!({ "text": self.fill(line), "context": {} });
        let service = serde_json::json!({
            "exec": { "ExecStart": [text(line)] },
            "settings": settings,
            "confinement": {
                "mode": "full-apivfs",
                "packages": [text("shell:")],
                "binSh": if bin_sh { text("shell:/bin/sh") } else { serde_json::Value::Null },
                "fullUnit": null,
            },
            "unitPackages": [],
        });
        self.services.insert(format!("{name}.service"), service);
    }

    /// Adds one that keeps a root of its own, into which its unit binds the whole store.
    fn adopted(&mut self, name: &str, line: &str, more: &[(&str, &str)]) {
        let mut settings = serde_json::json!({
            "RootDirectory": ["/run/root"],
            "BindReadOnlyPaths": [self.dir.as_str(), "/etc"],
        });
        for (setting, value) in more {
            settings[setting] = serde_json::json!([self.fill(value)]);
        }
        self.service(name, line, &settings, false);
        if let Some(service) = self.services.get_mut(&format!("{name}.service")) {
            service["confinement"]["adopt"] = true.into();
            service["confinement"]["packages"] = serde_json::json!([]);
        }
    }

    fn fill(&self, line: &str) -> String {
        ["shell", "data", "bad", "script"]
            .iter()
            .fold(line.to_owned(), |line, name| {
                line.replace(&format!("{name}:"), &self.path(name))
            })
    }

    fn check(&self, code: i32) -> Result<String> {
        let graph: BTreeMap<_, _> = self
            .paths
            .iter()
            .map(|path| {
                let info = serde_json::json!({
                    "narHash": "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
                    "narSize": 1000,
                    "references": [],
                });
                (path, info)
            })
            .collect();
        self.place
            .write("graph.json", &serde_json::to_string(&graph)?)?;
        let services =
            serde_json::json!({ "version": 1, "storeDir": self.dir, "services": self.services });
        self.place.write("services.json", &services.to_string())?;
        self.place.bundle("bundle")?;
        let text = self.place.stdout(code, &["check", "bundle"])?;
        Ok(text.replace(&self.dir, "/nix/store"))
    }
}

/// The shortest binary: a header for this machine, and nothing to load.
fn program() -> Vec<u8> {
    let mut header = vec![0_u8; 64];
    header[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
    header[16] = 2;
    header[18] = if cfg!(target_arch = "aarch64") {
        183
    } else {
        62
    };
    header[20] = 1;
    header[52] = 64;
    header
}

#[test]
fn what_will_not_work_is_said_with_what_mends_it() -> Result<()> {
    let mut store = Store::new()?;
    let none = serde_json::json!({});
    store.service("host", "/usr/bin/web", &none, false);
    store.service("shell", "/bin/sh -c 'exec web'", &none, false);
    store.service("bare", "-ln -s a b", &none, false);
    store.service("plain", "bad:/bin/plain", &none, false);
    store.service("cut", "bad:/bin/cut", &none, false);
    store.service("late", "bad:/bin/late", &none, true);
    store.service("perl", "bad:/bin/perl", &none, true);
    store.service(
        "script",
        "script:/bin/start --ca=/etc/ssl/ca.crt",
        &none,
        false,
    );
    store.service("broken", "script:/bin/broken", &none, false);
    store.service(
        "shell-file",
        "shell:/bin/sh script:/bin/start --ca=/etc/ssl/ca.crt",
        &none,
        false,
    );
    store.service(
        "settings",
        "+shell:/bin/sh",
        &serde_json::json!({ "WorkingDirectory": ["/srv"], "Environment": [store.fill("\"X=data:/file\"")] }),
        false,
    );
    assert_snapshot!(store.check(1)?);
    Ok(())
}

#[test]
fn nothing_is_said_of_what_will_start() -> Result<()> {
    let mut store = Store::new()?;
    store.service(
        "text",
        "@/bin/sh sh -c 'exec shell:/bin/sh'",
        &serde_json::json!({}),
        true,
    );
    store.service(
        "path",
        "sh",
        &serde_json::json!({ "ExecSearchPath": [store.fill("shell:/bin")], "WorkingDirectory": ["-/srv"] }),
        false,
    );
    store.service(
        "state",
        "shell:/bin/sh",
        &serde_json::json!({ "StateDirectory": ["state"], "WorkingDirectory": ["/var/lib/state"] }),
        false,
    );
    let text = store.check(0)?;
    assert!(
        text.starts_with("3 services: 0 denied, 0 warnings"),
        "{text}"
    );
    Ok(())
}

#[test]
fn what_can_not_be_looked_at_is_said_once() -> Result<()> {
    let mut store = Store::new()?;
    for name in ["a", "b"] {
        store.service(name, "shell:/bin/sh", &serde_json::json!({}), false);
    }
    store.check(0)?;
    let recorded = [&["check"][..], &RECORDING].concat();
    let said = |arguments: &[&str]| -> Result<()> {
        let text = store.place.stdout(0, arguments)?;
        let line = "warn not-inspected: whether 2 services will start was not looked at";
        assert_eq!(text.matches(line).count(), 1, "{text}");
        Ok(())
    };
    said(&recorded)?;
    fs::remove_dir_all(store.path("shell"))?;
    said(&["check", "bundle"])?;
    store
        .place
        .expect(1, &["check", "bundle", "-D", "not-inspected"])?;
    store
        .place
        .expect(2, &["check", "bundle", "--no-foresight"])?;
    Ok(())
}

#[test]
fn a_policy_excepts_what_is_foreseen() -> Result<()> {
    let mut store = Store::new()?;
    store.service("host", "/usr/bin/web", &serde_json::json!({}), false);
    store.place.write(
        "confinix.toml",
        "[[rule]]\nservices = [\"host\"]\nallow = [{ code = \"command-missing\", reason = \"bound elsewhere\" }]\n",
    )?;
    store.check(0)?;
    Ok(())
}

/// What the host has in a root of the service's own nobody knows before; what is of the store shows the closure alone.
#[test]
fn an_adopted_root_is_foreseen_as_far_as_it_is_known() -> Result<()> {
    let mut store = Store::new()?;
    store.adopted("fine", "shell:/bin/sh -c '/usr/bin/web /etc/web.conf'", &[]);
    store.adopted(
        "of-host",
        "/usr/bin/web --in=/srv/web",
        &[("WorkingDirectory", "/srv")],
    );
    store.adopted("bare", "web", &[]);
    store.adopted("default-path", "shell:/bin/sh -c 'sed x'", &[]);
    let text = store.check(0)?;
    assert!(
        text.starts_with("4 services: 0 denied, 0 warnings"),
        "{text}"
    );

    let mut store = Store::new()?;
    store.adopted(
        "script",
        "shell:/bin/sh -c 'sed x; script:/bin/start'",
        &[("Environment", "\"PATH=data:/bin\"")],
    );
    store.adopted("absent", "shell:/bin/nothing", &[]);
    store.adopted("cut", "bad:/bin/cut", &[]);
    store.adopted("names", "shell:/bin/sh", &[("Environment", "X=data:/file")]);
    assert_snapshot!(store.check(1)?);
    Ok(())
}

#[test]
fn what_runs_on_the_host_is_not_foreseen() -> Result<()> {
    let mut store = Store::new()?;
    store.adopted(
        "main",
        "shell:/bin/sh",
        &[("RootDirectoryStartOnly", "yes")],
    );
    let before = serde_json::json!([{ "text": store.fill("shell:/bin/nothing"), "context": {} }]);
    if let Some(service) = store.services.get_mut("main.service") {
        service["exec"]["ExecStartPre"] = before;
    }
    store.check(0)?;
    store.adopted(
        "main",
        "shell:/bin/nothing",
        &[("RootDirectoryStartOnly", "yes")],
    );
    store.check(1)?;
    Ok(())
}

/// A store whose files can be seen, and not read.
struct Locked(LocalFiles);

impl StoreFiles for Locked {
    fn entry(&self, path: &str, nar_size: Option<u64>) -> Result<Option<Entry>> {
        self.0.entry(path, nar_size)
    }
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>> {
        bail!("could not read {path}: permission denied")
    }
    fn list(&self, path: &str) -> Result<Option<Vec<String>>> {
        self.0.list(path)
    }
}

#[test]
fn a_file_that_can_not_be_read_is_a_finding() -> Result<()> {
    let mut store = Store::new()?;
    let none = serde_json::json!({});
    store.service("locked", "script:/bin/start", &none, false);
    store.service("shell", "shell:/bin/sh script:/bin/start", &none, false);
    store.check(1)?;
    let bundle = read_sealed(&store.place.path("bundle"))?;
    let report = audit(&Audit {
        targets: vec![Target {
            name: "bundle",
            files: Some(&Locked(LocalFiles::new("/", &bundle.store_dir))),
            bundle: &bundle,
        }],
        policy: &Policy::default(),
        levels: Levels::new(),
        today: Date::parse("2026-11-21")?,
        exposing: None,
    })?;
    assert_eq!(report.count(Level::Deny), 0, "{:?}", report.findings);
    let unread = |message: &str| message.contains("which was not looked at: could not read");
    let findings = report
        .findings
        .iter()
        .filter(|finding| unread(&finding.message));
    assert_eq!(findings.count(), 2, "{:?}", report.findings);
    Ok(())
}
