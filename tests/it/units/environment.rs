//! Store paths in the environment of units.

use anyhow::{Context, Result};
use serde_json::Value;

use super::{Host, exec};
use crate::made;

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
    assert_eq!(origins(&[])?, ["a.service:ExecStart[0]"]);
    assert_eq!(
        origins(&["--include", "path", "--include", "environment"])?,
        ["a.service:ExecStart[0]", "path[0]", "environment.DATA"]
    );
    Ok(())
}

/// Returns the origins of the store paths in the environment of a unit with these lines.
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
