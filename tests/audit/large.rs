//! Store files that are larger than memory, and entries that are not files: confinix reads only what it needs, and never blocks.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::json;

use crate::common::not_run;
use crate::common::program;
use crate::store::Store;

const LARGE: u64 = 10 << 30;

fn file(store: &mut Store, name: &str, content: &[u8]) -> Result<PathBuf> {
    store.file("data", name, content, 0o644)?;
    Ok(PathBuf::from(store.path("data")).join(name))
}

fn grow(store: &mut Store, name: &str, content: &[u8]) -> Result<()> {
    let path = file(store, name, content)?;
    File::options().write(true).open(&path)?.set_len(LARGE)?;
    fs::set_permissions(path, Permissions::from_mode(0o555))?;
    Ok(())
}

/// Runs `confinix check` on the store's bundle, limited to 1.5 GB of address space and two minutes.
fn check(store: &Store) -> Result<String> {
    let run = r#"ulimit -v 1500000; exec timeout -k 1 120 "$@""#;
    let ran = program("bash", ["-c", run, "bash", env!("CARGO_BIN_EXE_confinix")])
        .args(["check", "bundle"])
        .env("RAYON_NUM_THREADS", "2")
        .within(store.place.path("."))
        .run()?;
    ran.code
        .filter(|code| *code < 2)
        .with_context(|| format!("{ran:?}"))?;
    Ok(ran.stdout.replace(store.dir(), "/nix/store"))
}

#[test]
fn a_sparse_file_of_ten_gigabytes_costs_nothing() -> Result<()> {
    let mut store = Store::new()?;
    let shell = store.fill("shell:/bin/sh");
    let elf = fs::read("/bin/true")?;
    grow(&mut store, "zeros", b"")?;
    grow(&mut store, "elf", &elf)?;
    grow(&mut store, "script", format!("#!{shell} -e\n").as_bytes())?;
    grow(&mut store, "line", format!("#!{shell}").as_bytes())?;
    store.tool("nginx")?;
    for (name, line) in [
        ("zeros", "data:/zeros"),
        ("elf", "data:/elf"),
        ("script", "data:/script"),
        ("line", "data:/line"),
        ("shell", "shell:/bin/sh data:/zeros"),
        ("argument", "shell:/bin/nginx --config=data:/zeros"),
        ("nginx", "shell:/bin/nginx -c data:/zeros"),
    ] {
        store.service(name, line, &json!({}), false);
    }
    let environment = json!({ "EnvironmentFile": [store.fill("data:/zeros")] });
    store.service("environment", "shell:/bin/sh", &environment, false);
    let users = format!("{}:/etc/passwd", store.fill("data:/zeros"));
    let users = json!({ "BindReadOnlyPaths": [users] });
    store.service("users", "shell:/bin/nginx -c data:/file", &users, false);
    store.check(1)?;
    let said = check(&store)?;
    for part in [
        "zeros, which is neither a binary nor a script with #!",
        "script, which was not checked: its size is 10.0 GiB; the limit for a script is 4.0 MiB",
        "line, which was not checked: its size is 10.0 GiB; the limit for a script is 4.0 MiB",
        "zeros, which was not checked: cannot read",
        "environment-file-missing: the unit sets EnvironmentFile=",
    ] {
        assert!(said.contains(part), "{part:?} is not in {said}");
    }
    Ok(())
}

#[test]
fn a_library_or_loader_that_is_large_costs_nothing() -> Result<()> {
    // A real program whose loader and libraries are real files that continue as sparse files.
    let mut store = Store::new()?;
    let libc = [
        "/lib/x86_64-linux-gnu/libc.so.6",
        "/lib/aarch64-linux-gnu/libc.so.6",
        "/lib64/libc.so.6",
    ];
    let Some(libc) = libc.into_iter().find_map(|file| fs::read(file).ok()) else {
        return not_run("a large library", "there is no libc here");
    };
    grow(&mut store, "libc.so.6", &libc)?;
    store.file("data", "true", &fs::read("/bin/true")?, 0o555)?;
    let directory = store.fill("LD_LIBRARY_PATH=data:");
    let binds = format!("{}:/lib64", store.fill("data:/lib64"));
    grow(&mut store, "lib64/ld-linux-x86-64.so.2", &libc)?;
    let settings = json!({ "Environment": [directory], "BindReadOnlyPaths": [binds] });
    store.service("true", "data:/true", &settings, false);
    store.check(0)?;
    let said = check(&store)?;
    assert!(said.contains("1 service: 0 denied"), "{said}");
    Ok(())
}

#[test]
fn nothing_waits_for_a_pipe_in_the_store() -> Result<()> {
    let mut store = Store::new()?;
    let pipe = file(&mut store, "pipe", b"")?;
    fs::remove_file(&pipe)?;
    program("mkfifo", [&pipe]).succeeds()?;
    store.tool("nginx")?;
    for (name, line) in [
        ("program", "data:/pipe"),
        ("shell", "shell:/bin/sh data:/pipe"),
        ("argument", "shell:/bin/nginx --config=data:/pipe"),
        ("nginx", "shell:/bin/nginx -c data:/pipe"),
    ] {
        store.service(name, line, &json!({}), false);
    }
    let environment = json!({ "EnvironmentFile": [store.fill("data:/pipe")] });
    store.service("environment", "shell:/bin/sh", &environment, false);
    store.check(1).or_else(|_| store.check(0))?;
    let said = check(&store)?;
    assert!(
        said.contains("pipe, which was not checked: cannot access")
            || said.contains("pipe, which was not checked: cannot read"),
        "{said}"
    );
    Ok(())
}
