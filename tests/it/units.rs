//! Services read from directories of units, merged as systemd does.

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
            "[Service]\nExecStart=\nExecStart=-{} \\\n  two ; {} three\n",
            made::path(1),
            made::path(2)
        ),
    )?;
    // The more specific of one name counts; an empty one masks; our own is none of the unit's.
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
        [format!(
            "-{}    two ; {} three",
            made::path(1),
            made::path(2)
        )]
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
        ("alias", "alias.service is another name of a.service"),
        ("masked", "masked.service is masked"),
        ("gone", "no service is called gone"),
        ("target-like", "it has no Exec line"),
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
fn environment_and_path_join_where_asked_for() -> Result<()> {
    let host = Host::new()?;
    host.unit(
        "a.service",
        format!(
            "{}Environment=\"PATH={}/bin:/usr/bin\" DATA={}\n",
            exec(0, ""),
            made::path(1),
            made::path(2)
        ),
    )?;
    let origins = |arguments: &[&str]| -> Result<Vec<Value>> {
        let service = host.made(&[&["-s", "a"], arguments].concat())?["a.service"].take();
        let roots = service["roots"].as_array().context("no roots")?;
        Ok(roots.iter().map(|root| root["origin"].clone()).collect())
    };
    assert_eq!(origins(&[])?, ["ExecStart[0]"]);
    assert_eq!(
        origins(&["--include", "path", "--include", "environment"])?,
        ["ExecStart[0]", "path[0]", "environment.DATA"]
    );
    Ok(())
}

/// The origins of what a unit with these lines names in its environment.
fn origins_of_environment(lines: &str) -> Result<Vec<Value>> {
    let host = Host::new()?;
    let exec = "[Service]\nExecStart=/bin/true";
    host.unit("a.service", format!("{exec}\n{lines}\n"))?;
    let arguments = ["-s", "a", "--include", "path", "--include", "environment"];
    let service = host.made(&arguments)?["a.service"].take();
    let roots = service["roots"].as_array().context("no roots")?;
    Ok(roots.iter().map(|root| root["origin"].clone()).collect())
}

#[test]
fn the_environment_is_parted_as_systemd_parts_it() -> Result<()> {
    let [a, b] = [made::path(0), made::path(1)];
    for (line, origins) in [
        (
            format!("Environment=\"A=x {a}\" 'B={b}'"),
            &["environment.A", "environment.B"][..],
        ),
        (format!("Environment=A=\"x y\"{a}"), &["environment.A"]),
        (format!(r#"Environment="A=\"x" B={b}"#), &["environment.B"]),
        (
            format!(r"Environment=A=\x2f{} B=\q C={b}", &a[1..]),
            &["environment.A"],
        ),
        (format!("Environment=A={a} \"B={b}"), &["environment.A"]),
        (format!("Environment=A-B={a} B={b}"), &["environment.B"]),
        (
            format!("Environment=A={a}\nEnvironment=\nEnvironment=B={b}"),
            &["environment.B"],
        ),
    ] {
        assert_eq!(origins_of_environment(&line)?, origins, "{line}");
    }
    Ok(())
}

#[test]
fn what_a_unit_takes_from_the_environment_is_no_root() -> Result<()> {
    let [a, b] = [made::path(0), made::path(1)];
    let lines = format!("Environment=PATH={a}/bin A={a} B={b} C={b}\n");
    let left = |unset: &str| origins_of_environment(&format!("{lines}{unset}"));
    let [path, with_a, with_b, with_c] =
        ["path[0]", "environment.A", "environment.B", "environment.C"];
    let others = [with_a, with_b, with_c];
    assert_eq!(left("")?.len(), 4);
    assert_eq!(left("UnsetEnvironment=PATH")?, others);
    assert_eq!(
        left("UnsetEnvironment=\"B\" A=other")?,
        [path, with_a, with_c]
    );
    assert_eq!(
        left(&format!("UnsetEnvironment=A={a} B\nUnsetEnvironment=C"))?,
        [path]
    );
    assert_eq!(left("UnsetEnvironment=A\nUnsetEnvironment=")?.len(), 4);
    Ok(())
}

#[test]
fn units_that_can_not_be_read_are_named() -> Result<()> {
    let host = Host::new()?;
    host.unit("latin.service", b"[Service]\nExecStart=/bin/\xe9\n")?;
    host.unit("broken.service", "[Service]\nExecStart=/a\nnonsense\n")?;
    host.unit(
        "endless.service",
        format!("{} \\\n{}", exec(0, "").trim_end(), "b\\\n".repeat(100_000)),
    )?;
    symlink("circle.service", host.at("units/circle2.service"))?;
    fs::create_dir(host.at("units/directory.service"))?;
    symlink("loop@.service", host.at("units/loop@.service"))?;
    for (name, said) in [
        ("latin", "latin.service: it is not UTF-8"),
        ("broken", "broken.service: line 3"),
        ("directory", "directory.service: it is not a regular file"),
        ("loop@", "loop@.service: Too many levels of symbolic links"),
    ] {
        host.run(&["-s", name]).fails(3, &[said])?;
    }
    host.run(&["-s", "endless"]).succeeds()?;
    host.run(&[])
        .fails(2, &["take some with --select, or --all"])?;
    let gone = host.at("gone").display().to_string();
    bundle(["--units", &gone, "--all"]).fails(3, &["could not read the units in", "gone"])?;
    bundle(["--units", "/etc", "--expr", "1"]).fails(2, &["cannot be used with"])?;
    Ok(())
}
