//! Tells confinix its commit, which `confinix --version` prints: CONFINIX_COMMIT, or that from which the crate was packaged, or in a release
//! build of a checkout that of the checkout.

use std::process::Command;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=CONFINIX_COMMIT");
    let version = env::var("CARGO_PKG_VERSION").unwrap_or_default();
    let commit = env::var("CONFINIX_COMMIT")
        .ok()
        .or_else(of_package)
        .or_else(of_checkout);
    let version = match commit.filter(|commit| !commit.is_empty()) {
        Some(commit) => format!("{version} ({commit})"),
        None => version,
    };
    println!("cargo::rustc-env=CONFINIX_VERSION={version}");
}

/// Returns the commit from which the crate was packaged, as `cargo package` writes it; `None` if the package had other changes.
fn of_package() -> Option<String> {
    let about = fs::read_to_string(".cargo_vcs_info.json").ok()?;
    let (_, commit) = about.split_once("\"sha1\": \"")?;
    let commit = commit.get(..9)?;
    let is_clean = !about.contains("\"dirty\"");
    (is_clean && commit.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| commit.to_owned())
}

/// Returns the commit of the checkout. Other builds than releases do not ask, because each commit would compile everything again.
fn of_checkout() -> Option<String> {
    if env::var("PROFILE").ok()? != "release" {
        return None;
    }
    // A packaged crate may lie within some other repository.
    let prefix = git(&["rev-parse", "--show-prefix"])?;
    if !prefix.is_empty() {
        return None;
    }
    println!(
        "cargo::rerun-if-changed={}",
        git(&["rev-parse", "--git-path", "logs/HEAD"])?
    );
    git(&["rev-parse", "--short", "HEAD"])
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
