//! Options and settings that no confinement can have.

use anyhow::Result;
use serde_json::json;

use super::refused_service;
use crate::made;
use crate::support::{bundle, scratch};

#[test]
fn a_shell_that_is_no_absolute_path() -> Result<()> {
    for shell in ["sh", "", "./sh", "bin/sh"] {
        refused_service(
            |service| service["confinement"]["binSh"] = made::text(shell),
            &["a.service", "binSh is", "not an absolute path"],
        )?;
    }
    Ok(())
}

#[test]
fn a_shell_that_leads_elsewhere() -> Result<()> {
    for shell in [
        "/bin/../etc/passwd",
        &format!("{}/../sh", made::path(0)),
        "/bin/./sh",
    ] {
        refused_service(
            |service| service["confinement"]["binSh"] = made::text(shell),
            &["a.service", "binSh is", "'.' or '..'"],
        )?;
    }
    Ok(())
}

#[test]
fn a_shell_that_is_not_there() -> Result<()> {
    let scratch = scratch()?;
    bundle(["--expr", r#"{ services.a = { confinement = { enable = true; binSh = "${builtins.toFile "x" ""}/bin/sh"; }; serviceConfig.ExecStart = "/bin/a"; }; }"#])
        .within(scratch.path())
        .fails(3, &["cannot confine a.service", "binSh is", "which does not exist", "null for none"])?;
    Ok(())
}

#[test]
fn settings_that_no_confinement_can_stand_beside() -> Result<()> {
    for (setting, value) in [
        ("RootDirectory", "/srv"),
        ("RootImage", "/x.img"),
        ("RootDirectoryStartOnly", "true"),
    ] {
        refused_service(
            |service| service["settings"] = json!({ setting: [value] }),
            &["cannot confine a.service", setting, "remove"],
        )?;
    }
    Ok(())
}

#[test]
fn a_mode_that_there_is_not() -> Result<()> {
    refused_service(
        |service| service["confinement"]["mode"] = json!("open"),
        &[
            "cannot read services.json",
            "\"open\" is not a mode of confinement",
            "chroot-only",
        ],
    )?;
    Ok(())
}
