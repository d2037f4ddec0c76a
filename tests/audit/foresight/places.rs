//! Foresight of files that depend on the directory that a program starts in, and on what else is in a directory.

use anyhow::Result;
use insta::assert_snapshot;
use serde_json::json;

use crate::case::Case;

/// The tools that the scripts here call.
fn case() -> Result<Case> {
    let mut case = Case::new()?;
    for tool in ["xargs", "ls", "redis-server"] {
        case.0.tool(tool)?;
    }
    Ok(case)
}

#[test]
fn relative_operands_are_in_the_directory_of_the_program() -> Result<()> {
    let mut case = case()?;
    let state = json!({ "StateDirectory": ["web"], "WorkingDirectory": ["/var/lib/web"] });
    for (name, text) in [
        ("operand", "shell:/bin/touch a"),
        ("goes", "cd /etc; shell:/bin/mkdir -m 755 a"),
        ("xargs", "echo a b | shell:/bin/xargs -n1 shell:/bin/touch"),
        ("env", "shell:/bin/env -C /etc shell:/bin/touch a"),
    ] {
        case.script(name, text)?;
        case.add(name, &format!("script:/bin/{name}"), &json!({}));
    }
    case.add("unit", "shell:/bin/touch a", &json!({}));
    assert_snapshot!(case.0.check(1)?);

    let mut fine = self::case()?;
    fine.script("operand", "shell:/bin/touch a")?;
    fine.script(
        "goes",
        "cd /tmp; shell:/bin/mkdir -m 755 a; shell:/bin/redis-server",
    )?;
    fine.script("unknown", "cd \"$(pwd)\"; shell:/bin/touch a")?;
    fine.add("operand", "script:/bin/operand", &state);
    fine.add("goes", "script:/bin/goes", &json!({}));
    fine.add("unknown", "script:/bin/unknown", &json!({}));
    fine.is_fine()
}

#[test]
fn patterns_fit_what_is_shown() -> Result<()> {
    let mut case = case()?;
    let list = "shell:/bin/ls /etc/web/*.pem";
    case.script("pattern", list)?;
    case.script(
        "loops",
        "for f in /etc/web/*.pem; do shell:/bin/cat \"$f\"; done",
    )?;
    let shown = json!({ "BindReadOnlyPaths": ["/etc/web/ca.crt"] });
    case.add("pattern", "script:/bin/pattern", &shown);
    case.add("loops", "script:/bin/loops", &shown);
    assert_snapshot!(case.0.check(1)?);

    let mut fine = self::case()?;
    fine.script("pattern", list)?;
    fine.script(
        "without",
        "shopt -s nullglob; for f in /etc/web/*.pem; do shell:/bin/cat \"$f\"; done",
    )?;
    for (name, shown) in [
        ("file", "/etc/web/ca.pem"),
        ("directory", "/etc/web"),
        ("above", "/etc"),
    ] {
        fine.add(
            name,
            "script:/bin/pattern",
            &json!({ "BindReadOnlyPaths": [shown] }),
        );
    }
    fine.add("without", "script:/bin/without", &shown);
    fine.is_fine()
}

#[test]
fn links_of_a_directory_lead_to_the_one_beside_it() -> Result<()> {
    let said = |shown: &[&str]| -> Result<String> {
        let mut case = case()?;
        case.add(
            "web",
            "shell:/bin/id -u",
            &json!({ "BindReadOnlyPaths": shown }),
        );
        case.0.check(0)
    };
    let (live, archive) = ("/etc/letsencrypt/live", "/etc/letsencrypt/archive");
    let warned = "where hosts mostly have links to /etc/letsencrypt/archive, which is not in it";
    assert!(said(&[live])?.contains(warned));
    let enabled = said(&["/etc/nginx/sites-enabled"])?;
    assert!(
        enabled.contains("links to /etc/nginx/sites-available"),
        "{enabled}"
    );
    for shown in [&[live, archive][..], &["/etc/letsencrypt"], &["/etc/live"]] {
        let said = said(shown)?;
        assert!(said.contains(": 0 denied, 0 warnings"), "{shown:?}: {said}");
    }
    Ok(())
}
