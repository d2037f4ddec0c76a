//! Small services values and graphs, made without nix.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::{Value, json};

use crate::support::{Run, confinix};

/// Arguments of `confinix bundle` for recordings in the working directory.
pub const BUNDLE: [&str; 5] = [
    "bundle",
    "--services",
    "services.json",
    "--graph",
    "graph.json",
];
/// The same for recordings in the directory above.
pub const BUNDLE_ABOVE: [&str; 5] = [
    "bundle",
    "--services",
    "../services.json",
    "--graph",
    "../graph.json",
];

/// The hash of empty input; the value does not matter.
pub const HASH: &str = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

/// Returns a store path.
pub fn path(number: usize) -> String {
    format!("/nix/store/{number:032}-p{number}")
}

/// Returns a string without context.
pub fn text(text: &str) -> Value {
    json!({ "text": text, "context": {} })
}

/// Returns a service that runs `command`.
pub fn service(command: &str) -> Value {
    json!({
        "exec": { "ExecStart": [text(command)] },
        "settings": {},
        "confinement": { "mode": "full-apivfs", "packages": [], "binSh": null, "fullUnit": null },
        "unitPackages": [],
    })
}

/// Returns a services value with one service.
pub fn one(name: &str, service: &Value) -> Value {
    json!({ "version": 1, "storeDir": "/nix/store", "services": { name: service } })
}

/// Returns the entry of a path in a graph.
pub fn info(references: &[usize]) -> Value {
    let references: Vec<_> = references.iter().map(|number| path(*number)).collect();
    json!({ "narHash": HASH, "narSize": 1000, "references": references })
}

/// Returns a graph in which path `i` has the references at `i`.
pub fn graph(references: &[&[usize]]) -> Value {
    references
        .iter()
        .enumerate()
        .map(|(number, references)| (path(number), info(references)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// Returns the attributes that Nix writes for the builder of a bundle.
pub fn attributes(services: &Value, graph: &Value) -> Value {
    let entry = |(path, info): (&String, &Value)| {
        let mut entry = info.clone();
        entry["path"] = json!(path);
        entry["closureSize"] = json!(1);
        entry
    };
    let closure: Vec<_> = graph.as_object().into_iter().flatten().map(entry).collect();
    json!({
        "builder": "/bin/sh",
        "closure": closure,
        "name": "bundle",
        "outputs": { "out": "/x" },
        "services": services,
    })
}

/// A services value and a graph in files, and the path of their bundle.
pub struct Recording {
    pub directory: PathBuf,
}

impl Recording {
    /// Writes both unchanged.
    pub fn new(
        directory: &Path,
        services: impl AsRef<[u8]>,
        graph: impl AsRef<[u8]>,
    ) -> Result<Self> {
        fs::write(directory.join("services.json"), services)?;
        fs::write(directory.join("graph.json"), graph)?;
        Ok(Self {
            directory: directory.to_owned(),
        })
    }

    /// Writes both as JSON.
    pub fn of(directory: &Path, services: &Value, graph: &Value) -> Result<Self> {
        Self::new(directory, services.to_string(), graph.to_string())
    }

    /// Returns a run of `confinix bundle` that writes to `out` beside them, without nix.
    pub fn bundle(&self) -> Run {
        confinix(BUNDLE)
            .args(["-o", "out"])
            .env("PATH", "/nonexistent")
            .within(&self.directory)
    }

    pub fn out(&self) -> PathBuf {
        self.directory.join("out")
    }

    /// Requires a failure with exit code 3 and these words, and that nothing was written.
    pub fn refused(&self, parts: &[&str]) -> Result<String> {
        let before = crate::support::names(&self.directory)?;
        let ran = self.bundle().fails(3, parts)?;
        let after = crate::support::names(&self.directory)?;
        anyhow::ensure!(before == after, "{after:?} is there after the failure");
        Ok(ran.stderr)
    }
}
