//! Foresight of programs that change users, by what they do if they can't.

use anyhow::{Result, ensure};
use insta::assert_snapshot;
use serde_json::json;

use crate::case::Case;

#[test]
fn programs_take_it_differently_that_they_cannot_change_users() -> Result<()> {
    let mut case = Case::new()?;
    for tool in ["httpd", "ngircd", "php-fpm", "runuser", "touch"] {
        case.0.tool(tool)?;
    }
    case.0.data("httpd.conf", "User web\n")?;
    case.0.data("fpm.conf", "[www]\nuser = web\n")?;
    let users = json!({ "BindReadOnlyPaths": ["-/etc/passwd -/etc/group"] });
    let dynamic = json!({ "DynamicUser": ["yes"], "BindReadOnlyPaths": ["-/etc/passwd"] });
    for (name, line, settings) in [
        ("anyway", "shell:/bin/ngircd -n", &dynamic),
        ("lasts", "shell:/bin/php-fpm -y data:/fpm.conf", &users),
        ("stays", "shell:/bin/httpd -f data:/httpd.conf", &users),
        (
            "asks",
            "shell:/bin/runuser -u web -- shell:/bin/touch /tmp/a",
            &users,
        ),
    ] {
        case.add(name, line, settings);
    }
    let home = json!({ "User": ["web"], "WorkingDirectory": ["~"] });
    case.add("home", "shell:/bin/touch /tmp/a", &home);
    assert_snapshot!(case.0.check(1)?);

    let mut fine = Case::new()?;
    fine.0.tool("ngircd")?;
    let own = json!({ "User": ["nobody"], "BindReadOnlyPaths": ["-/etc/passwd"] });
    fine.add("own", "shell:/bin/ngircd -n", &own);
    let host = json!({ "DynamicUser": ["yes"], "PrivateUsers": ["no"], "BindReadOnlyPaths": ["-/etc/passwd"] });
    fine.add("host", "shell:/bin/ngircd -n", &host);
    fine.is_fine()
}

#[test]
fn a_configuration_of_an_unknown_program_names_its_user_beside_the_group() -> Result<()> {
    let mut case = Case::new()?;
    case.0.tool("rated")?;
    case.0.tool("loki")?;
    case.0
        .data("rated.yaml", "debug: false\nuser: web\ngroup: web\n")?;
    case.0
        .data("base.yaml", "database:\n  user: web\n  name: web\n")?;
    let root = json!({});
    let static_user = json!({ "User": ["nobody"] });
    case.add("rated", "shell:/bin/rated --file data:/rated.yaml", &root);
    case.add("base", "shell:/bin/rated --file data:/base.yaml", &root);
    case.add(
        "own",
        "shell:/bin/rated --file data:/rated.yaml",
        &static_user,
    );
    case.add(
        "known",
        "shell:/bin/loki -config.file data:/rated.yaml",
        &root,
    );
    let told = case.0.check(0)?;
    ensure!(
        told.contains("rated.yaml:2: user looks up the user web"),
        "{told}"
    );
    ensure!(told.contains("rated.yaml:2: user changes to web"), "{told}");
    // The user of a database, a program that root does not start, and one whose keys are known.
    for other in ["base.service", "own.service", "known.service"] {
        ensure!(!told.contains(other), "{told}");
    }
    Ok(())
}

#[test]
fn the_capability_for_low_ports_matters_unless_all_ports_are_high() -> Result<()> {
    let said = |line: &str| -> Result<String> {
        let mut case = Case::new()?;
        case.0.tool("web")?;
        let settings = json!({ "User": ["web"], "AmbientCapabilities": ["CAP_NET_BIND_SERVICE"] });
        case.add("web", line, &settings);
        case.0.check(0)
    };
    let warned = "it does not allow ports below 1024";
    for line in [
        "shell:/bin/web",
        "shell:/bin/web --port 80 --metrics-port 9100",
    ] {
        assert!(said(line)?.contains(warned), "{line}");
    }
    assert!(!said("shell:/bin/web --listen 127.0.0.1:8080")?.contains(warned));
    Ok(())
}
