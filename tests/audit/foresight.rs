//! Foresight of settings, files and the bus: when each rule reports a finding, and when it does not.

mod asked;
mod built_in;
mod changes;
mod configured;
mod files;
mod homes;
mod imports;
mod network;
mod places;
mod privileges;
mod started;

use anyhow::Result;
use insta::assert_snapshot;
use serde_json::json;

use crate::case::Case;

#[test]
fn environment_files_are_read_on_the_host() -> Result<()> {
    let mut case = Case::new()?;
    case.0
        .data("good.env", "# variables\nPATH=\"shell:/bin\"\n")?;
    case.script("calls", "cat /dev/null")?;
    for (name, file) in [
        ("absent", "data:/absent.env"),
        ("directory", "shell:/bin"),
        ("pattern", "data:/*.env"),
        ("lacks-path", "data:/file"),
    ] {
        case.add(
            name,
            "script:/bin/calls",
            &json!({ "EnvironmentFile": [file], "Environment": ["PATH=shell:/bin"] }),
        );
    }
    case.add(
        "unset",
        "script:/bin/calls",
        &json!({ "EnvironmentFile": ["data:/file"] }),
    );
    assert_snapshot!(case.0.check(1)?);

    let mut case = Case::new()?;
    case.0
        .data("good.env", "# variables\nPATH=\"shell:/bin\"\n")?;
    case.script("calls", "cat /dev/null")?;
    for (name, file) in [
        ("good", "data:/good.env"),
        ("host", "/etc/web.env"),
        ("optional", "-data:/absent.env"),
        ("ignored", "data.env"),
    ] {
        let settings = json!({ "EnvironmentFile": ["-/etc/path.env", file] });
        case.add(name, "script:/bin/calls", &settings);
    }
    case.is_fine()
}

#[test]
fn bind_sources_of_the_store_have_to_be_there() -> Result<()> {
    let mut case = Case::new()?;
    let gone = format!("{}/{}-gone:/x", case.0.dir(), "0".repeat(32));
    case.add(
        "absent",
        "shell:/bin/sh",
        &json!({ "BindPaths": ["/srv shell:/absent:/x"] }),
    );
    case.add(
        "gone",
        "shell:/bin/sh",
        &json!({ "BindReadOnlyPaths": [gone] }),
    );
    // The bind of a preset is in the drop-in, so the unit has nothing to remove.
    case.add("preset", "shell:/bin/sh", &json!({}));
    let bind = json!({ "text": case.0.fill("data:/absent:/x"), "context": {} });
    let presets = json!([{ "name": "own", "bindReadOnly": [bind] }]);
    case.confine("preset", "presets", presets);
    assert_snapshot!(case.0.check(1)?);

    let mut case = Case::new()?;
    let binds = json!({ "BindReadOnlyPaths": ["-shell:/absent:/x", "data:/file:/y /srv/absent"] });
    case.add("fine", "shell:/bin/sh", &binds);
    case.is_fine()
}

#[test]
fn systemd_and_its_bus_have_to_be_the_right_ones() -> Result<()> {
    let mut case = Case::new()?;
    case.add(
        "bus",
        "shell:/bin/sh",
        &json!({ "Type": ["dbus"], "BusName": ["org.example.Web"] }),
    );
    case.add(
        "untyped",
        "shell:/bin/sh",
        &json!({ "BusName": ["org.example.Web"] }),
    );
    case.add("pipe", "|shell:/bin/sh", &json!({}));
    case.add(
        "tmp",
        "shell:/bin/mkdir /tmp/x",
        &json!({ "PrivateTmp": ["disconnected"] }),
    );
    assert_snapshot!(case.0.check(1)?);

    let mut case = Case::new()?;
    let socket = json!(["/run/dbus/system_bus_socket"]);
    case.add(
        "bus",
        "shell:/bin/sh",
        &json!({ "Type": ["dbus"], "BusName": ["org.example.Web"], "BindReadOnlyPaths": socket }),
    );
    case.add(
        "simple",
        "shell:/bin/sh",
        &json!({ "Type": ["simple"], "BusName": ["org.example.Web"] }),
    );
    case.add(
        "tmp",
        "shell:/bin/sh",
        &json!({ "PrivateTmp": ["disconnected"] }),
    );
    case.is_fine()
}

#[test]
fn settings_name_what_is_inside() -> Result<()> {
    let mut case = Case::new()?;
    let paths =
        json!({ "ReadWritePaths": ["+/srv -+/opt /home"], "InaccessiblePaths": ["+/home"] });
    case.add("paths", "shell:/bin/sh", &paths);
    let made = json!({
        "ReadWritePaths": ["+/etc/web"], "ExecPaths": ["+/usr/lib -+/opt"], "NoExecPaths": ["+/srv"],
        "TemporaryFileSystem": ["/srv"], "BindReadOnlyPaths": ["/etc/web/a"]
    });
    case.add("made", "shell:/bin/sh", &made);
    let forking = json!({ "Type": ["forking"], "PIDFile": ["/run/web.pid"] });
    case.add("forking", "shell:/bin/sh", &forking);
    let sealed = json!({ "TemporaryFileSystem": ["/srv:ro,size=1M"] });
    case.add("sealed", "shell:/bin/touch /srv/x", &sealed);
    // A bind over it would be read-only as well.
    let restricted = json!({ "TemporaryFileSystem": ["/srv"], "ReadOnlyPaths": ["+/srv"] });
    case.add("restricted", "shell:/bin/touch /srv/x", &restricted);
    case.script("wraps", "shell:/bin/env A=b timeout 5 absent")?;
    case.add("wraps", "script:/bin/wraps", &json!({}));
    assert_snapshot!(case.0.check(1)?);

    let mut case = Case::new()?;
    let paths = json!({
        "ReadWritePaths": ["+/srv /opt +/etc"], "BindPaths": ["/srv"], "ReadOnlyPaths": ["+/home"],
        "NoExecPaths": ["/", "+/srv"], "ExecPaths": ["/nix/store"], "TemporaryFileSystem": ["/etc"]
    });
    case.add("paths", "shell:/bin/sh", &paths);
    let forking =
        json!({ "Type": ["forking"], "PIDFile": ["web/pid"], "RuntimeDirectory": ["web"] });
    case.add("forking", "shell:/bin/sh", &forking);
    let temporary = json!({ "TemporaryFileSystem": ["/srv"] });
    case.add("temporary", "shell:/bin/touch /srv/x", &temporary);
    case.add(
        "wraps",
        "shell:/bin/env A=b sh",
        &json!({ "Environment": ["PATH=shell:/bin"] }),
    );
    case.is_fine()
}

#[test]
fn a_script_on_which_the_parser_panics_is_a_finding_and_no_noise() -> Result<()> {
    let mut case = Case::new()?;
    for (name, text) in PANICS {
        case.script(name, text)?;
        case.add(name, &format!("script:/bin/{name}"), &json!({}));
    }
    // `check` makes sure that standard error stays empty.
    let text = case.0.check(0)?;
    assert_eq!(
        text.matches("the parser gave up").count(),
        PANICS.len(),
        "{text}"
    );
    Ok(())
}

/// Scripts on which brush-parser 0.4.0 panics.
const PANICS: [(&str, &str); 2] = [
    ("descriptor", "echo x 99999999999999999999>y"),
    ("tilde", "echo ~99999999999999999999999"),
];

#[test]
fn a_home_that_is_not_shown_is_foreseen() -> Result<()> {
    let mut case = Case::new()?;
    for (name, directory, more) in [
        ("home", "~", json!({ "User": ["bot"] })),
        ("bot", "~", json!({ "User": ["bot"] })),
        ("of-manager", "%h", json!({ "User": ["bot"] })),
        ("below", "%h/data", json!({})),
        ("state", "%S/%N", json!({ "StateDirectory": ["other"] })),
    ] {
        let mut settings = more;
        settings["WorkingDirectory"] = json!([directory]);
        case.add(name, "shell:/bin/sh", &settings);
    }
    assert_snapshot!(case.0.check(1)?);

    let mut case = Case::new()?;
    for (name, directory, more) in [
        ("optional", "-~", json!({ "User": ["bot"] })),
        (
            "shown",
            "~",
            json!({ "User": ["bot"], "BindPaths": ["/home/bot"] }),
        ),
        (
            "empty",
            "~",
            json!({ "User": ["bot"], "TemporaryFileSystem": ["/srv/bot"] }),
        ),
        (
            "made",
            "~",
            json!({ "User": ["bot"], "StateDirectory": ["bot"] }),
        ),
        ("root", "~", json!({})),
        ("of-root", "%h", json!({})),
        ("state", "%S/%N", json!({ "StateDirectory": ["%p"] })),
        ("of-host", "/srv/%H", json!({})),
    ] {
        let mut settings = more;
        settings["WorkingDirectory"] = json!([directory]);
        case.add(name, "shell:/bin/sh", &settings);
    }
    let of_bot = json!({ "User": ["bot"], "WorkingDirectory": ["~"] });
    case.add("preset", "shell:/bin/sh", &of_bot);
    let bind = json!({ "text": "/srv/bot", "context": {} });
    let presets = json!([{ "name": "own", "bindReadOnly": [bind] }]);
    case.confine("preset", "presets", presets);
    case.is_fine()
}

#[test]
fn a_command_that_one_script_can_do_without_another_may_need() -> Result<()> {
    let mut case = Case::new()?;
    case.script("calls", "absent")?;
    let settings = json!({ "Environment": ["PATH=shell:/bin"] });
    case.add("harmless", "-script:/bin/calls", &settings);
    case.add(
        "needed",
        "-script:/bin/calls ; script:/bin/calls",
        &settings,
    );
    let text = case.0.check(1)?;
    let denied = text.split_once("needed.service\n  deny script-command-missing");
    assert!(denied.is_some(), "{text}");
    assert!(text.contains(": 1 denied, 1 warning"), "{text}");
    Ok(())
}
