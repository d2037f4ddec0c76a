//! Services from directories of units, merged as systemd merges them.

mod environment;
mod lines;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;
use tempfile::TempDir;

use crate::made;
use crate::support::{Run, bundle, bundle_json, keys, scratch, strings};

/// Directories of units and a graph of three paths.
struct Host(TempDir);

impl Host {
    fn new() -> Result<Self> {
        let host = Self(scratch()?);
        fs::create_dir(host.at("units"))?;
        fs::write(
            host.at("graph.json"),
            made::graph(&[&[], &[], &[]]).to_string(),
        )?;
        Ok(host)
    }

    fn at(&self, path: impl AsRef<Path>) -> PathBuf {
        self.0.path().join(path)
    }

    fn unit(&self, path: &str, text: impl AsRef<[u8]>) -> Result<()> {
        let path = self.at("units").join(path);
        fs::create_dir_all(path.parent().context("no parent")?)?;
        Ok(fs::write(path, text)?)
    }

    fn run(&self, arguments: &[&str]) -> Run {
        bundle(["--units"])
            .arg(self.at("units"))
            .arg("--graph")
            .arg(self.at("graph.json"))
            .args(arguments)
            .arg("-o")
            .arg(self.at("out"))
    }

    fn made(&self, arguments: &[&str]) -> Result<Value> {
        self.run(arguments).succeeds()?;
        Ok(bundle_json(&self.at("out"))?["services"].take())
    }
}

fn exec(path: usize, rest: &str) -> String {
    format!("[Service]\nExecStart={} {rest}\n", made::path(path))
}

#[test]
fn drop_ins_are_merged_as_systemd_merges_them() -> Result<()> {
    let host = Host::new()?;
    host.unit(
        "a-b.service",
        format!("[Unit]\nDescription=x\n{}", exec(0, "one")),
    )?;
    host.unit(
        "service.d/10-all.conf",
        "[Service]\nPrivateTmp=no\nPrivateDevices=no\n",
    )?;
    host.unit("a-.service.d/20-prefix.conf", "[Service]\nPrivateTmp=yes\n")?;
    host.unit(
        "a-b.service.d/30-own.conf",
        format!(
            "[Service]\nType=oneshot\nExecStart=\nExecStart=-{} \\\n  two ; {} three\n",
            made::path(1),
            made::path(2)
        ),
    )?;
    // Of drop-ins with one name, the most specific counts; an empty one masks; our own does not belong to the unit.
    host.unit("service.d/40-same.conf", "[Service]\nPrivateUsers=no\n")?;
    host.unit("a-b.service.d/40-same.conf", "")?;
    host.unit(
        "a-b.service.d/zz-confinement.conf",
        "[Service]\nRootDirectory=/srv\n",
    )?;
    host.unit("a-b.service.d/notes.txt", "nothing")?;
    let service = &host.made(&["-s", "a-b"])?["a-b.service"];
    assert_eq!(
        strings(&service["exec"]["ExecStart"])?,
        [format!("-{} two ; {} three", made::path(1), made::path(2))]
    );
    assert_eq!(strings(&service["settings"]["PrivateTmp"])?, ["no", "yes"]);
    assert_eq!(strings(&service["settings"]["PrivateDevices"])?, ["no"]);
    assert!(service["settings"].get("PrivateUsers").is_none());
    assert_eq!(service["roots"].as_array().map(Vec::len), Some(2));
    Ok(())
}

#[test]
fn an_instance_has_its_template_s_unit_and_both_drop_ins() -> Result<()> {
    let host = Host::new()?;
    host.unit("t@.service", exec(0, "%i"))?;
    host.unit("t@.service.d/a.conf", "[Service]\nPrivateTmp=no\n")?;
    host.unit("t@x.service.d/b.conf", "[Service]\nPrivateTmp=yes\n")?;
    assert_eq!(
        keys(&host.made(&["--all"])?)?,
        ["t@.service", "t@x.service"]
    );
    let service = &host.made(&["-s", "t@x", "-s", "t@y"])?;
    assert_eq!(
        strings(&service["t@x.service"]["settings"]["PrivateTmp"])?,
        ["no", "yes"]
    );
    assert_eq!(
        strings(&service["t@y.service"]["settings"]["PrivateTmp"])?,
        ["no"]
    );
    Ok(())
}

#[test]
fn all_takes_what_runs_something_of_the_store() -> Result<()> {
    let host = Host::new()?;
    host.unit("a.service", exec(0, ""))?;
    host.unit("debian.service", "[Service]\nExecStart=/usr/bin/x\n")?;
    host.unit("target-like.service", "[Unit]\nDescription=runs nothing\n")?;
    host.unit("a.socket", "[Socket]\nListenStream=1\n")?;
    symlink("a.service", host.at("units/alias.service"))?;
    symlink("/dev/null", host.at("units/masked.service"))?;
    assert_eq!(keys(&host.made(&["--all"])?)?, ["a.service"]);
    for (name, said) in [
        ("alias", "alias.service is an alias of a.service"),
        ("masked", "masked.service is masked"),
        ("gone", "no service is called gone: correct the name"),
        (
            "debain",
            "no service is called debain; did you mean debian?",
        ),
        ("target-like", "it has no ExecStart="),
    ] {
        host.run(&["-s", name]).fails(3, &[said])?;
    }
    Ok(())
}

#[test]
fn an_earlier_directory_hides_a_later_one() -> Result<()> {
    let host = Host::new()?;
    host.unit("a.service", exec(0, ""))?;
    host.unit("../later/a.service", exec(1, ""))?;
    host.unit("../later/a.service.d/x.conf", "[Service]\nPrivateTmp=no\n")?;
    let later = host.at("later");
    let service = &host.made(&["--all", "--units", &later.display().to_string()])?["a.service"];
    assert_eq!(service["roots"][0]["path"], made::path(0));
    assert_eq!(strings(&service["settings"]["PrivateTmp"])?, ["no"]);
    Ok(())
}

#[test]
fn units_that_can_not_be_read_are_named() -> Result<()> {
    let host = Host::new()?;
    host.unit("good.service", exec(0, ""))?;
    host.unit("latin.service", b"[Service]\nExecStart=/bin/\xe9\n")?;
    host.unit("header.service", "[Service]\nExecStart=/a\n[Install\n")?;
    host.unit("exec.service", "[Service]\nExecStart=bin/a\n")?;
    host.unit("two.service", "[Service]\nExecStart=/a\nExecStart=/b\n")?;
    host.unit(
        "endless.service",
        format!("{} \\\n{}", exec(0, "").trim_end(), "b\\\n".repeat(100_000)),
    )?;
    symlink("circle.service", host.at("units/circle2.service"))?;
    symlink("/gone/old.service", host.at("units/old.service"))?;
    fs::create_dir(host.at("units/directory.service"))?;
    symlink("loop@.service", host.at("units/loop@.service"))?;
    let refused = [
        ("latin", "latin.service:2: it is not UTF-8"),
        ("header", "header.service:3: the section header"),
        (
            "exec",
            "exec.service:2: ExecStart=: the program \"bin/a\" is neither",
        ),
        (
            "two",
            "two.service: more than one ExecStart= needs Type=oneshot",
        ),
        ("old", "cannot read"),
    ];
    let passed_over = [
        ("directory", "directory.service: it is not a file"),
        ("loop@", "loop@.service: it is a link to loop@.service"),
    ];
    let all = host.run(&["--all"]).succeeds()?.stderr;
    for (name, said) in refused {
        host.run(&["-s", name])
            .fails(3, &["systemd does not load", said])?;
        assert!(all.contains(said), "{name}");
    }
    for (name, said) in passed_over {
        host.run(&["-s", name])
            .fails(3, &["no service is called"])?;
        assert!(all.contains(said), "{name}");
    }
    let names = bundle_json(&host.at("out"))?["services"].take();
    assert_eq!(keys(&names)?, ["endless.service", "good.service"]);
    host.run(&[])
        .fails(2, &["select some with --select or --all"])?;
    let gone = host.at("gone").display().to_string();
    bundle(["--units", &gone, "--all"]).fails(3, &["cannot read the units in", "gone"])?;
    bundle(["--units", "/etc", "--expr", "1"]).fails(2, &["cannot be used with"])?;
    Ok(())
}

#[test]
fn links_are_followed_as_systemd_follows_them() -> Result<()> {
    let host = Host::new()?;
    fs::write(host.at("0123-linked.service"), exec(0, "%n"))?;
    symlink(
        host.at("0123-linked.service"),
        host.at("units/linked.service"),
    )?;
    host.unit("linked.service.d/x.conf", "[Service]\nPrivateTmp=no\n")?;
    host.unit("real.service", exec(0, "%n"))?;
    host.unit("real@.service", exec(0, "%n"))?;
    symlink("real.service", host.at("units/other.service"))?;
    symlink("other.service", host.at("units/another.service"))?;
    symlink("real@.service", host.at("units/other@.service"))?;
    host.unit("another.service.d/x.conf", "[Service]\nPrivateTmp=no\n")?;
    host.unit("other@.service.d/x.conf", "[Service]\nPrivateTmp=no\n")?;
    symlink("/gone", host.at("units/real.service.d"))?;
    host.unit("linked.service.d/folder.conf/x", "")?;
    symlink("/gone", host.at("units/linked.service.d/dead.conf"))?;
    let said = host
        .run(&["-s", "linked", "-s", "real", "-s", "real@one"])
        .succeeds()?
        .stderr;
    let services = bundle_json(&host.at("out"))?["services"].take();
    for name in ["linked.service", "real.service", "real@one.service"] {
        let line = format!("{} {name}", made::path(0));
        assert_eq!(strings(&services[name]["exec"]["ExecStart"])?, [line]);
        assert_eq!(strings(&services[name]["settings"]["PrivateTmp"])?, ["no"]);
    }
    for file in ["folder.conf", "dead.conf"] {
        assert!(said.contains(file), "{file}");
    }
    host.run(&["-s", "another"])
        .fails(3, &["another.service is an alias of real.service"])?;
    assert_eq!(
        keys(&host.made(&["--all"])?)?,
        ["linked.service", "real.service", "real@.service"]
    );
    Ok(())
}

#[test]
fn a_program_outside_the_store_is_warned_about() -> Result<()> {
    let host = Host::new()?;
    let unit = "[Service]\nExecStart=/usr/bin/nginx -g x\n";
    host.unit("nginx.service", unit)?;
    host.run(&["-s", "nginx"]).succeeds()?.saying(&[
        "warning: nginx.service names no store path: its closure is empty, so ExecStart=/usr/bin/nginx is not in its root",
    ])?;
    host.unit("nginx.service", format!("{unit}BindReadOnlyPaths=/usr\n"))?;
    let ran = host.run(&["-s", "nginx"]).succeeds()?;
    assert!(!ran.stderr.contains("closure is empty"), "{}", ran.stderr);
    Ok(())
}
