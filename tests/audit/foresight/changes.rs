//! Foresight prints changes with which a service starts, not only those that end one finding.

use anyhow::Result;
use serde_json::json;

use crate::case::Case;

/// What `check` prints about one script.
fn said(text: &str) -> Result<String> {
    let mut case = Case::new()?;
    case.script("run", text)?;
    case.add("run", "script:/bin/run", &json!({}));
    case.0.check(1)
}

#[test]
fn what_is_in_a_directory_that_is_made_needs_no_change_of_its_own() -> Result<()> {
    let said = said("shell:/bin/mkdir -p /srv/web/a\nshell:/bin/touch /srv/web/a/b")?;
    assert!(said.contains("BindPaths = [ \"/srv\" ]"), "{said}");
    // The host has no such directory.
    assert!(!said.contains("BindPaths = [ \"/srv/"), "{said}");
    Ok(())
}

#[test]
fn a_script_goes_on_in_the_directory_that_it_lacks() -> Result<()> {
    let said = said("cd /srv/www || exit 1\nshell:/bin/cat index.html")?;
    assert!(said.contains("reads /srv/www/index.html"), "{said}");
    Ok(())
}

#[test]
fn files_whose_owner_changes_are_shown_to_be_changed() -> Result<()> {
    let said = said("shell:/bin/chown -R web /srv/web")?;
    assert!(said.contains("BindPaths = [ \"-/srv/web\" ]"), "{said}");
    Ok(())
}

/// A directory that systemd makes is root's if the unit has no user.
#[test]
fn who_changes_to_another_user_gets_the_directory_of_the_host() -> Result<()> {
    let mut case = Case::new()?;
    case.0.tool("tinyproxy")?;
    let text = "User web\nPidFile /run/tinyproxy/pid\n";
    case.0.data("tinyproxy.conf", text)?;
    let line = "shell:/bin/tinyproxy -d -c data:/tinyproxy.conf";
    let shown = json!({ "BindReadOnlyPaths": ["data:"] });
    case.add("root", line, &shown);
    let said = case.0.check(1)?;
    assert!(
        said.contains("BindPaths = [ \"/run/tinyproxy\" ]"),
        "{said}"
    );
    let mut case_of_user = Case::new()?;
    case_of_user.0.tool("tinyproxy")?;
    case_of_user.0.data("tinyproxy.conf", text)?;
    let user = json!({ "BindReadOnlyPaths": ["data:"], "User": ["web"] });
    case_of_user.add("user", line, &user);
    let said = case_of_user.0.check(1)?;
    assert!(
        said.contains("RuntimeDirectory = [ \"tinyproxy\" ]"),
        "{said}"
    );
    Ok(())
}

/// On Debian, logger is not in util-linux.
#[test]
fn a_package_that_is_known_to_lack_a_program_does_not_bring_it() -> Result<()> {
    let lacks = |commands: &[&str]| -> Result<String> {
        let mut case = Case::new()?;
        for command in commands {
            case.0
                .file("util-linux", &format!("bin/{command}"), b"#!/x\n", 0o555)?;
        }
        case.script("run", "/usr/bin/logger x")?;
        case.add("run", "script:/bin/run", &json!({}));
        let other = format!("{}/bin/flock", case.0.path("util-linux"));
        case.add("other", &other, &json!({}));
        case.0.check(1)
    };
    let without = lacks(&["flock"])?;
    assert!(!without.contains("bin/logger:/usr/bin/logger"), "{without}");
    let with = lacks(&["flock", "logger"])?;
    assert!(with.contains("bin/logger:/usr/bin/logger"), "{with}");
    Ok(())
}
