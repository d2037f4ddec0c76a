//! A store for one test, with services that use it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use anyhow::Result;

use crate::common::shortest_program;
use crate::support::Place;

/// A place with its own store: a shell, a script, and services that use them.
pub struct Store {
    pub place: Place,
    dir: String,
    pub services: BTreeMap<String, serde_json::Value>,
    paths: Vec<String>,
}

impl Store {
    pub fn new() -> Result<Self> {
        let place = Place::new()?;
        let dir = place.path("store").display().to_string();
        Self::at(place, dir)
    }

    /// Creates it with the store in this directory.
    pub fn at(place: Place, dir: String) -> Result<Self> {
        let mut store = Self {
            place,
            dir,
            services: BTreeMap::new(),
            paths: Vec::new(),
        };
        let shell = store.path("shell");
        store.file("shell", "bin/sh", &shortest_program(), 0o555)?;
        store.file("data", "file", b"data", 0o444)?;
        store.file("bad", "bin/plain", b"data", 0o444)?;
        store.file("bad", "bin/cut", &shortest_program()[..40], 0o555)?;
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

    pub fn path(&self, name: &str) -> String {
        let hash = name.bytes().map(|byte| {
            if byte == b'e' || byte == b't' {
                'z'
            } else {
                byte as char
            }
        });
        let hash: String = hash
            .filter(|c| c.is_ascii_alphanumeric() && !"eout".contains(*c))
            .chain(std::iter::repeat('0'))
            .take(32)
            .collect();
        format!("{}/{hash}-{name}", self.dir)
    }

    pub fn file(&mut self, name: &str, file: &str, content: &[u8], mode: u32) -> Result<()> {
        let path = self.path(name);
        let file = std::path::Path::new(&path).join(file);
        fs::create_dir_all(file.parent().unwrap_or(&file))?;
        fs::write(&file, content)?;
        fs::set_permissions(&file, fs::Permissions::from_mode(mode))?;
        self.paths.push(path);
        Ok(())
    }

    /// Adds a file to `data:`, the name used in command lines of services.
    pub fn data(&mut self, file: &str, content: &str) -> Result<()> {
        let content = self.fill(content);
        self.file("data", file, content.as_bytes(), 0o444)
    }

    /// Adds a service that runs this line, in which `NAME:` represents a store path.
    pub fn service(&mut self, name: &str, line: &str, settings: &serde_json::Value, bin_sh: bool) {
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

    /// Adds a service that keeps its own root, into which its unit binds the whole store.
    pub fn adopted(&mut self, name: &str, line: &str, more: &[(&str, &str)]) {
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

    /// Adds a binary to `shell:`.
    pub fn tool(&mut self, name: &str) -> Result<()> {
        self.file("shell", &format!("bin/{name}"), &shortest_program(), 0o555)
    }

    pub fn dir(&self) -> &str {
        &self.dir
    }

    pub fn fill(&self, line: &str) -> String {
        ["shell", "data", "bad", "script"]
            .iter()
            .fold(line.to_owned(), |line, name| {
                line.replace(&format!("{name}:"), &self.path(name))
            })
    }

    /// Writes a file where the commands run.
    pub fn place(&self, name: &str, content: &str) -> Result<()> {
        self.place.write(name, content)?;
        Ok(())
    }

    pub fn check(&self, code: i32) -> Result<String> {
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
