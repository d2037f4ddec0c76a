//! Foresight of programs of which nothing is known, by the paths that are built into them.

use anyhow::Result;
use insta::assert_snapshot;
use serde_json::json;

use crate::case::Case;
use crate::common::shortest_program;

/// A program that has these texts.
fn program(case: &mut Case, name: &str, texts: &[&str]) -> Result<()> {
    let mut content = shortest_program();
    for text in texts {
        content.extend([b"\0", text.as_bytes(), b"\0"].concat());
    }
    case.0
        .file("shell", &format!("bin/{name}"), &content, 0o555)
}

#[test]
fn files_with_the_name_of_a_program_are_missed() -> Result<()> {
    let none = json!({});
    let mut case = Case::new()?;
    program(
        &mut case,
        "gatewayd",
        &["/etc/gateway.conf", "/var/lib/gateway/db", "/etc/hosts"],
    )?;
    case.add(
        "plain",
        "shell:/bin/gatewayd -n --socket /run/gateway.sock",
        &none,
    );
    case.script("starts", ": >/tmp/a\nshell:/bin/gatewayd -n")?;
    case.script("calls", "shell:/bin/gatewayd -n\nexec shell:/bin/sleepd")?;
    program(&mut case, "sleepd", &["/etc/shadow"])?;
    case.add("starts", "script:/bin/starts", &none);
    case.add("calls", "script:/bin/calls", &none);
    assert_snapshot!(case.0.check(0)?);

    let mut fine = Case::new()?;
    program(
        &mut fine,
        "gatewayd",
        &["/etc/gateway.conf", "/var/lib/gateway/db"],
    )?;
    let shown =
        json!({ "BindReadOnlyPaths": ["-/etc/gateway.conf"], "StateDirectory": ["gateway"] });
    fine.add("shown", "shell:/bin/gatewayd", &shown);
    fine.add("told", "shell:/bin/gatewayd -c shell:/bin/sh", &none);
    let variable = json!({ "Environment": ["GATEWAY_HOME=/tmp/gateway.d"] });
    fine.add("variable", "shell:/bin/gatewayd", &variable);
    fine.is_fine()
}

#[test]
fn more_files_are_missed_where_one_is() -> Result<()> {
    let none = json!({});
    let mut case = Case::new()?;
    let texts = [
        "/etc/relay",
        "/run/relay-sesman.pid",
        "/var/log/relay-sesman/log",
        "/run/other",
    ];
    program(&mut case, "relay-sesman", &texts)?;
    case.add("dashes", "shell:/bin/relay-sesman", &none);
    let texts = ["/etc/gateway.conf", "/var/lib/gateway"];
    program(&mut case, "gatewayd", &texts)?;
    case.0.file(
        "shell",
        "etc/open.conf",
        b"# log: /var/log/x\nport: 1\n",
        0o444,
    )?;
    case.add("open", "shell:/bin/gatewayd -c shell:/etc/open.conf", &none);
    assert_snapshot!(case.0.check(0)?);

    let mut fine = Case::new()?;
    program(&mut fine, "relayd", &["/run/relay.pid", "/var/log/relay"])?;
    fine.add("only-logs", "shell:/bin/relayd", &none);
    program(&mut fine, "gatewayd", &texts)?;
    fine.0.file(
        "shell",
        "etc/closed.conf",
        b"data: /srv/data\nlog: /var/x\n",
        0o444,
    )?;
    let shown = json!({ "BindPaths": ["/srv/data", "/var/x"] });
    fine.add(
        "closed",
        "shell:/bin/gatewayd -c shell:/etc/closed.conf",
        &shown,
    );
    fine.is_fine()
}

#[test]
fn options_tell_an_unknown_program_of_users() -> Result<()> {
    let none = json!({});
    let mut case = Case::new()?;
    program(&mut case, "gatewayd", &[])?;
    case.add("alone", "shell:/bin/gatewayd --runas=gateway", &none);
    case.add(
        "both",
        "shell:/bin/gatewayd --user gateway --group mail",
        &none,
    );
    assert_snapshot!(case.0.check(0)?);

    let mut fine = Case::new()?;
    program(&mut fine, "gatewayd", &[])?;
    // Of a database, for instance.
    fine.add("user", "shell:/bin/gatewayd --user gateway", &none);
    let other = json!({ "User": ["gateway"] });
    fine.add("other", "shell:/bin/gatewayd --runas=gateway", &other);
    fine.is_fine()
}
