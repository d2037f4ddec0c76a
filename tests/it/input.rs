//! Documents that are too large, not regular files, or pipes without a writer: confinix refuses each by name, at once and with little
//! memory.

mod pipes;

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::made::{self, Recording};
use crate::support::{Ran, Run, names, program, scratch};

/// Returns a run of confinix with 1 GB of address space and 20 seconds of CPU time.
fn bounded(arguments: &[&str]) -> Run {
    let run = r#"ulimit -v 1000000 -t 20; exec timeout -k 1 120 "$@""#;
    program("bash", ["-c", run, "bash", env!("CARGO_BIN_EXE_confinix")])
        .args(arguments)
        .env("RAYON_NUM_THREADS", "2")
        .env("PATH", std::env::var("PATH").unwrap_or_default())
}

fn sparse(path: &Path, beginning: &str, size: u64) -> Result<()> {
    fs::write(path, beginning)?;
    Ok(File::options().write(true).open(path)?.set_len(size)?)
}

/// Creates recordings, their bundle in `out`, and units.
fn place() -> Result<tempfile::TempDir> {
    let place = scratch()?;
    let services = made::one("a.service", &made::service(&made::path(0)));
    let recording = Recording::of(place.path(), &services, &made::graph(&[&[]]))?;
    recording.bundle().succeeds()?;
    fs::create_dir(place.path().join("units"))?;
    let unit = format!("[Service]\nExecStart={}\n", made::path(0));
    fs::write(place.path().join("units/a.service"), unit)?;
    fs::write(place.path().join("p.toml"), "")?;
    Ok(place)
}

/// Each kind of document: the file, and a command that reads it.
const READ: [(&str, &[&str]); 9] = [
    ("services.json", &made::BUNDLE),
    ("graph.json", &made::BUNDLE),
    ("attrs.json", &["bundle", "--attrs", "attrs.json"]),
    ("out/bundle.json", &["show", "out"]),
    ("out/bundle.json", &["verify", "--offline", "out"]),
    (
        "p.toml",
        &["audit", "out", "--policy", "p.toml", "--no-foresight"],
    ),
    ("p.toml", &["presets", "--policy", "p.toml"]),
    (
        "b.toml",
        &[
            "audit",
            "out",
            "--no-policy",
            "--no-foresight",
            "--baseline",
            "b.toml",
        ],
    ),
    (
        "units/a.service",
        &[
            "bundle",
            "--units",
            "units",
            "-s",
            "a",
            "--graph",
            "graph.json",
            "-o",
            "new",
        ],
    ),
];

fn refused(place: &Path, arguments: &[&str], parts: &[&str]) -> Result<Ran> {
    bounded(arguments)
        .within(place)
        .fails(3, parts)
        .with_context(|| format!("{arguments:?}"))
}

#[test]
fn what_is_larger_than_any_is_refused_by_its_size() -> Result<()> {
    for (file, arguments) in READ {
        let place = place()?;
        let before = names(place.path())?;
        sparse(&place.path().join(file), "", 10 << 30)?;
        refused(
            place.path(),
            arguments,
            &[
                file,
                "its size is 10.0 GiB; the limit for ",
                "the limit for ",
            ],
        )?;
        ensure!(
            names(place.path())?
                .iter()
                .all(|name| name == file || before.contains(name)),
            "something was written"
        );
    }
    Ok(())
}

/// A valid start with a hole of 900 MiB after it is not a document; confinix must refuse it without reading the hole.
#[test]
fn holes_in_a_document_are_not_read() -> Result<()> {
    for (file, arguments) in READ {
        if !file.ends_with(".json") {
            continue;
        }
        for beginning in ["", "{", "{\"services\": {\"a\": \""] {
            let place = place()?;
            let size = if file == "services.json" { 200 } else { 900 };
            sparse(&place.path().join(file), beginning, size << 20)?;
            let ran = bounded(arguments).within(place.path()).run()?;
            ensure!(ran.code == Some(3), "{arguments:?}: {ran:?}");
            ran.saying(&["line 1 column"])?;
        }
    }
    Ok(())
}

#[test]
fn what_is_no_file_is_not_opened() -> Result<()> {
    for (file, arguments) in READ {
        let place = place()?;
        let at = place.path().join(file);
        let is_named = !file.contains('/');
        let is_unit = file.starts_with("units/");
        let mut made: Vec<&dyn Fn() -> Result<()>> = Vec::new();
        let fifo = || {
            program("mkfifo", [&at]).succeeds()?;
            Ok(())
        };
        let socket = || Ok(UnixListener::bind(&at).map(drop)?);
        let device = || Ok(symlink("/dev/zero", &at)?);
        let directory = || Ok(fs::create_dir(&at)?);
        if !is_named {
            made.push(&fifo);
        }
        made.extend([&socket as &dyn Fn() -> Result<()>, &device, &directory]);
        for make in made {
            if at.is_dir() {
                fs::remove_dir(&at)?;
            } else if at.symlink_metadata().is_ok() {
                fs::remove_file(&at)?;
            }
            make()?;
            // For systemd, a non-file is not a unit; a link to a device is a unit that it can't read.
            let said = if is_unit && !at.is_symlink() {
                "it is not a file"
            } else {
                "it is not a regular file"
            };
            refused(place.path(), arguments, &[file, said])?;
        }
    }
    Ok(())
}

#[test]
fn what_is_nested_without_end_is_refused() -> Result<()> {
    let deep = 200_000;
    let arrays = "[".repeat(deep);
    let objects = "{\"services\":".repeat(deep);
    let keys = vec!["a"; deep].join(".");
    let inline = "a={".repeat(deep);
    for (file, arguments) in READ {
        let texts = if file.ends_with(".json") {
            vec![
                arrays.clone(),
                objects.clone(),
                format!("{{\"x\":{arrays}"),
                format!("{{\"version\":1,\"services\":{{\"a.service\":{{\"exec\":{arrays}"),
                format!("{{\"paths\":{{\"/nix/store/x\":{arrays}"),
                format!("{{\"x\":{arrays}{}}}", "]".repeat(deep)),
            ]
        } else if file.ends_with(".toml") {
            vec![
                format!("rule = {arrays}"),
                format!("rule = {arrays}{}", "]".repeat(deep)),
                format!("version = {arrays}{}", "]".repeat(deep)),
                format!("{keys} = 1"),
                format!("[{keys}]"),
                format!("[[{keys}]]"),
                format!("version = 1\naccepted = [{{ {keys} = 1 }}]"),
                inline.clone(),
            ]
        } else {
            continue;
        };
        for text in texts {
            let place = place()?;
            fs::write(place.path().join(file), &text)?;
            let ran = bounded(arguments).within(place.path()).run()?;
            let is_answered = ran.code == Some(3) || file == "p.toml" && ran.code == Some(0);
            ensure!(is_answered, "{arguments:?} of {text:.60}: {ran:?}");
        }
    }
    Ok(())
}

/// Messages about a document have a place. Finding many places must not count from the beginning each time.
#[test]
fn documents_with_many_entries_are_read_at_once() -> Result<()> {
    let place = place()?;
    let rules = "[[rule]]\nmax-paths = 1\n".repeat(20_000);
    fs::write(place.path().join("p.toml"), rules)?;
    let entry = |number| {
        format!(
            "  {{ service = \"a.service\", code = \"shell-present\", subject = \"s{number}\" }},"
        )
    };
    let entries: String = (0..20_000).map(entry).collect();
    for entries in [entries.clone(), entries.replace("},", "},\n")] {
        fs::write(
            place.path().join("b.toml"),
            format!("version = 1\naccepted = [{entries}]\n"),
        )?;
        let audit = [
            "audit",
            "out",
            "--no-foresight",
            "--policy",
            "p.toml",
            "--baseline",
            "b.toml",
        ];
        let ran = bounded(&audit).within(place.path()).run()?;
        ensure!(
            ran.code.is_some_and(|code| code < 2),
            "{:.500}",
            format!("{ran:?}")
        );
    }
    Ok(())
}
