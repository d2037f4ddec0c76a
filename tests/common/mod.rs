//! Runs confinix and nix, and examines what they write.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context, Result, anyhow};
use serde_json::Value;
use tempfile::TempDir;

pub mod documents;
mod run;
pub mod schemas;

pub use self::run::*;

/// The root of the checkout.
pub const CHECKOUT: &str = env!("CARGO_MANIFEST_DIR");
/// Options for every call of nix, so that no test waits for a network.
pub const OFFLINE: [&str; 3] = ["--option", "substitute", "false"];

/// Creates a directory for one test.
pub fn scratch() -> Result<TempDir> {
    Ok(tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?)
}

/// Returns the path of a file of the checkout.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(CHECKOUT).join(name)
}

/// Whether the shop's store paths have the hashes of the snapshots. The hashes depend on the platform.
pub const SNAPSHOTS_HOLD: bool = cfg!(all(target_arch = "x86_64", target_os = "linux"));

/// Records in the file CONFINIX_NOT_RUN that something can't be tested on this machine, for the summary of tests/run.
pub fn not_run(what: &str, why: &str) -> Result<()> {
    if let Some(file) = std::env::var_os("CONFINIX_NOT_RUN") {
        let mut file = fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(file)?;
        file.write_all(format!("skipped {what}: {why}\n").as_bytes())?;
    }
    Ok(())
}

/// Returns the bundle of `fixtures/shop`, made once with the real nix.
pub fn shop() -> Result<&'static Path> {
    static SHOP: OnceLock<Result<(TempDir, PathBuf), String>> = OnceLock::new();
    let made = SHOP.get_or_init(|| {
        let make = || {
            let scratch = scratch()?;
            let directory = scratch.path().join("bundle");
            bundle(["-f", "fixtures/shop", "-o"])
                .arg(&directory)
                .within(CHECKOUT)
                .succeeds()?;
            Ok((scratch, directory))
        };
        make().map_err(|error: anyhow::Error| format!("{error:#}"))
    });
    match made {
        Ok((_, directory)) => Ok(directory),
        Err(error) => Err(anyhow!("{error}")),
    }
}

/// Returns a help without the list of strategies. All subcommands that have it share it, and one snapshot of it is enough.
pub fn without_strategies(help: &str) -> String {
    let list = help.split_once("bind: ").and_then(|(before, rest)| {
        let (_, rest) = rest.split_once("[possible values: auto, bind")?;
        Some((before, rest.split_once(']')?.1))
    });
    match list {
        Some((before, after)) => format!("{before}…{after}"),
        None => help.to_owned(),
    }
}

/// Returns the content of `bundle.json`.
pub fn bundle_json(directory: &Path) -> Result<Value> {
    let path = directory.join("bundle.json");
    let text = fs::read(&path).with_context(|| format!("no {}", path.display()))?;
    Ok(serde_json::from_slice(&text)?)
}

/// Returns the text of a service's drop-in.
pub fn drop_in(directory: &Path, service: &str) -> Result<String> {
    let path = directory.join(format!(
        "lib/systemd/system/{service}.d/zz-confinement.conf"
    ));
    fs::read_to_string(&path).with_context(|| format!("no {}", path.display()))
}

/// Returns every file below a directory with its content, by path.
pub fn files(directory: &Path) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let mut files = Vec::new();
    let mut todo = vec![directory.to_owned()];
    while let Some(below) = todo.pop() {
        for entry in fs::read_dir(&below)? {
            let path = entry?.path();
            if path.is_dir() {
                todo.push(path);
            } else {
                let name = path.strip_prefix(directory)?.to_owned();
                files.push((name, fs::read(&path)?));
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Returns the sorted names in a directory, including hidden ones.
pub fn names(directory: &Path) -> Result<Vec<String>> {
    let mut names = fs::read_dir(directory)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}

/// Copies a directory tree.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    for (name, content) in files(from)? {
        let path = to.join(name);
        fs::create_dir_all(path.parent().context("no parent")?)?;
        fs::write(path, content)?;
    }
    Ok(())
}

/// Returns a copy of the shop's bundle for tests that damage it.
pub fn shop_copy() -> Result<(TempDir, PathBuf)> {
    let scratch = scratch()?;
    let directory = scratch.path().join("bundle");
    copy(shop()?, &directory)?;
    Ok((scratch, directory))
}

/// Returns the strings of a JSON array.
pub fn strings(value: &Value) -> Result<Vec<String>> {
    value
        .as_array()
        .with_context(|| format!("{value} is no array"))?
        .iter()
        .map(|item| Ok(item.as_str().context("no string")?.to_owned()))
        .collect()
}

/// Returns the paths of a closure in a bundle: it has their numbers among the keys of `paths`.
pub fn closure_paths(bundle: &Value, id: &str) -> Result<Vec<String>> {
    let paths = keys(&bundle["paths"])?;
    bundle["closures"][id]["paths"]
        .as_array()
        .with_context(|| format!("no closure {id}"))?
        .iter()
        .map(|number| {
            let number = usize::try_from(number.as_u64().context("no number")?)?;
            Ok(paths.get(number).context("no such path")?.clone())
        })
        .collect()
}

/// Returns the keys of a JSON object.
pub fn keys(value: &Value) -> Result<Vec<String>> {
    let object = value
        .as_object()
        .with_context(|| format!("{value} is no object"))?;
    Ok(object.keys().cloned().collect())
}

/// Creates an executable `nix` (and `nix-store`) that runs this bash script, and returns a PATH that starts with its directory.
pub fn fake_nix(directory: &Path, script: &str) -> Result<String> {
    fake(directory, &["nix", "nix-store"], script)
}

/// Copies an executable, in another process. If this process had the file open for writing, a process that another test starts at
/// that moment would inherit it, and nothing could execute the file meanwhile ("Text file busy").
pub fn install(from: impl AsRef<OsStr>, to: &Path) -> Result<()> {
    program("install", ["-m", "755"])
        .args([from.as_ref(), to.as_os_str()])
        .succeeds()?;
    Ok(())
}

/// Creates executables of these names that run this sh script, and returns a PATH that starts with their directory.
pub fn fake(directory: &Path, names: &[&str], script: &str) -> Result<String> {
    let bin = directory.join("fake-bin");
    fs::create_dir_all(&bin)?;
    let text = bin.join("text");
    fs::write(&text, format!("#!/bin/sh\n{script}\n"))?;
    for name in names {
        install(&text, &bin.join(name))?;
    }
    fs::remove_file(text)?;
    let path = std::env::var("PATH").unwrap_or_default();
    Ok(format!("{}:{path}", bin.display()))
}

/// Returns the shortest binary: a header for this machine, and nothing to load.
pub fn shortest_program() -> Vec<u8> {
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
