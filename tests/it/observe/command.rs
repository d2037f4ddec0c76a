//! `confinix observe`, where it refuses: what it records is proven under a real systemd (tests/systemd/cases/observe.sh).

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::no_room::is_root;
use crate::support::{bundle, confinix, scratch};

/// Services with the same closure, of which one has a view of its own, one has one with others, and one has none.
const SERVICES: &str = r#"
    let confined = more: {
      confinement = { enable = true; strategy = "image"; } // more;
      serviceConfig.ExecStart = "${builtins.toFile "x" ""}";
    }; in {
      services.confinix-own = confined { observe = true; };
      services."confinix-many@" = confined { observe = true; };
      services.confinix-shared = confined { };
      services.confinix-same = confined { };
      services.confinix-other = confined { packages = [ (builtins.toFile "y" "") ]; };
      services.confinix-bound = confined { strategy = "bind"; };
    }"#;

fn made(scratch: &Path) -> Result<()> {
    let bundle = bundle(["--expr", SERVICES, "-o", "bundle"]).within(scratch);
    bundle.succeeds().map(drop)
}

#[test]
fn what_can_not_be_observed_is_told_with_the_remedy() -> Result<()> {
    let scratch = scratch()?;
    made(scratch.path())?;
    for (service, code, parts) in [
        (
            "confinix-bound",
            3,
            "has the strategy bind, and only a view can be observed: set confinement.observe = true",
        ),
        (
            "confinix-shared",
            3,
            "confinix-shared.service shares its view with confinix-same.service, and the file system of it with confinix-other.service: what each opens can't be told apart; give it a view of its own (confinement.observe = true)",
        ),
        (
            "confinix-other",
            3,
            "shares the file system of its view with confinix-same.service and confinix-shared.service: ",
        ),
        (
            "confinix-own2",
            3,
            "bundle has no confinix-own2.service; did you mean confinix-own?",
        ),
        (
            "confinix-many@",
            2,
            "is a template: name an instance that runs, such as confinix-many@NAME",
        ),
    ] {
        let observe = ["observe", "bundle", service, "-o", "record.json"];
        confinix(observe)
            .within(scratch.path())
            .fails(code, &[parts])?;
    }
    confinix(["observe", "bundle"])
        .within(scratch.path())
        .fails(2, &["SERVICE"])?;
    confinix(["observe", "bundle", "confinix-own", "--for", "1d"])
        .within(scratch.path())
        .fails(
            2,
            &["is not a length of time: write seconds (10s), minutes (2m) or hours (1h)"],
        )?;
    assert!(!scratch.path().join("record.json").exists());
    Ok(())
}

#[test]
fn only_root_can_observe() -> Result<()> {
    let scratch = scratch()?;
    made(scratch.path())?;
    let told = "recording what a service opens needs root (CAP_SYS_ADMIN): use sudo";
    if is_root() {
        let mut command = Command::new(env!("CARGO_BIN_EXE_confinix"));
        command.args(["observe", "bundle", "confinix-own"]);
        command.current_dir(scratch.path()).uid(65534);
        let output = command.output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{said}");
        assert!(said.contains(told), "{said}");
    } else {
        confinix(["observe", "bundle", "confinix-own"])
            .within(scratch.path())
            .fails(3, &[told])?;
    }
    Ok(())
}
