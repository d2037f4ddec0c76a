//! Foresight of the files that commands read, make or start.

use anyhow::Result;
use insta::assert_snapshot;
use serde_json::json;

use crate::case::Case;
use crate::store::Store;
use crate::support::Place;

#[test]
fn files_that_are_read_or_made_have_to_be_inside() -> Result<()> {
    let mut case = Case::new()?;
    case.script(
        "reads",
        "shell:/bin/cat /etc/ssl/certs/ca-certificates.crt\nwhile read x; do :; done </etc/hosts",
    )?;
    case.script(
        "makes",
        "shell:/bin/mkdir -p /var/lib/web/data /var/lib/state\necho x >>/var/log/web/log",
    )?;
    case.script(
        "perhaps",
        "if shell:/bin/sh; then shell:/bin/cat /etc/localtime; fi",
    )?;
    case.script(
        "names",
        "shell:/bin/nginx --bus=/var/run/dbus/system_bus_socket /srv/web",
    )?;
    for name in ["reads", "makes", "perhaps", "names"] {
        case.add(
            name,
            &format!("script:/bin/{name}"),
            &json!({ "StateDirectory": ["state"] }),
        );
    }
    case.add(
        "plus",
        "+shell:/bin/cat /proc/version /dev/null",
        &json!({}),
    );
    case.add(
        "device",
        "shell:/bin/cat /dev/kvm",
        &json!({ "PrivateDevices": ["yes"] }),
    );
    case.add(
        "no-tmp",
        "shell:/bin/touch /tmp/x",
        &json!({ "PrivateTmp": ["no"] }),
    );
    case.add(
        "store",
        "shell:/bin/cat data:/file shell:/absent",
        &json!({}),
    );
    case.add(
        "config",
        "shell:/bin/sh -c script:/etc/config",
        &json!({ "BindReadOnlyPaths": ["script:"] }),
    );
    assert_snapshot!(case.0.check(1)?);

    let mut case = Case::new()?;
    case.script("reads", "[ ! -e /etc/hosts ] || shell:/bin/cat /etc/hosts\n[ -d /etc/absent ] && sed x\nshell:/bin/cat /tmp/x /proc/version")?;
    case.script(
        "makes",
        "shell:/bin/mkdir -p /var/lib/state/x /tmp/a\necho x >/tmp/b 2>/dev/null",
    )?;
    for name in ["reads", "makes"] {
        case.add(
            name,
            &format!("script:/bin/{name}"),
            &json!({ "StateDirectory": ["state"] }),
        );
    }
    case.add("plus", "+shell:/bin/mkdir /etc/x", &json!({}));
    case.add(
        "bound",
        "shell:/bin/cat /etc/hosts",
        &json!({ "BindReadOnlyPaths": ["/etc/hosts"] }),
    );
    case.add(
        "written",
        "shell:/bin/mkdir /var/x",
        &json!({ "ReadWritePaths": ["+/var"] }),
    );
    case.is_fine()
}

#[test]
fn with_api_file_systems_root_can_write_to_run() -> Result<()> {
    let mut case = Case::new()?;
    let line = "shell:/bin/touch /run/x";
    case.add("root", line, &json!({ "MountAPIVFS": ["yes"] }));
    case.is_fine()?;
    let settings = json!({ "MountAPIVFS": ["yes"], "User": ["10"] });
    case.add("user", line, &settings);
    let text = case.0.check(0)?;
    let warned = "warn file-missing: ExecStart[0] creates /run/x, where newer systemd";
    assert!(text.contains(warned), "{text}");
    Ok(())
}

#[test]
fn what_the_unit_takes_for_success_may_fail() -> Result<()> {
    let mut case = Case::new()?;
    let settings = json!({ "SuccessExitStatus": ["1"] });
    case.add("taken", "shell:/bin/cat /etc/hosts", &settings);
    let text = case.0.check(0)?;
    assert!(text.contains("warn file-missing"), "{text}");
    Ok(())
}

#[test]
fn what_an_earlier_command_may_have_made_is_left_open() -> Result<()> {
    let mut case = Case::new()?;
    case.add("first", "shell:/bin/sh /tmp/start", &json!({}));
    case.add(
        "later",
        "shell:/bin/sh ; shell:/bin/sh /tmp/start",
        &json!({ "Type": ["oneshot"] }),
    );
    assert_snapshot!(case.0.check(1)?);

    let mut case = Case::new()?;
    case.add(
        "made",
        "shell:/bin/touch /tmp/start ; shell:/bin/sh /tmp/start",
        &json!({ "Type": ["oneshot"] }),
    );
    case.is_fine()
}

#[test]
fn a_store_below_tmp_is_no_part_of_a_private_tmp() -> Result<()> {
    let tmp = tempfile::tempdir_in("/tmp")?;
    let dir = tmp.path().join("store").display().to_string();
    let mut case = Case(Store::at(Place::new()?, dir)?);
    case.0.tool("cat")?;
    case.add("a", "shell:/bin/cat shell:/absent", &json!({}));
    let text = case.0.check(1)?;
    assert!(text.contains("deny file-missing"), "{text}");
    Ok(())
}

#[test]
fn a_file_leads_nowhere() -> Result<()> {
    for line in [
        "shell:/bin/sh/../sh",
        "shell:/bin/cat data:/file/../file",
        "shell:/bin/cat data:/file/",
        "shell:/bin/cat data:/file/.",
        "shell:/bin/cat data:/file/./../file",
    ] {
        let mut case = Case::new()?;
        case.add("a", line, &json!({}));
        let text = case.0.check(1)?;
        assert!(text.contains("-missing"), "{line}: {text}");
    }
    let mut case = Case::new()?;
    case.add("program", "shell:/bin/../bin/./sh", &json!({}));
    case.add("file", "shell:/bin/cat data:/./x/../file", &json!({}));
    case.0.file("data", "x/y", b"", 0o444)?;
    case.is_fine()
}
