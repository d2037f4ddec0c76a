//! `confinement.adopt` keeps the root that a unit sets itself.

use anyhow::Result;

use crate::support::{bundle, bundle_json, drop_in, scratch};

fn tor(rest: &str) -> String {
    format!(
        r#"{{ services.tor = {{
            confinement = {{ enable = true; adopt = true; }};
            serviceConfig = {{ ExecStart = builtins.toFile "tor" "tor"; {rest} }};
        }}; }}"#
    )
}

#[test]
fn the_closure_takes_the_place_of_the_store() -> Result<()> {
    let scratch = scratch()?;
    let out = scratch.path().join("out");
    let expression = tor(
        r#"RootDirectory = "/run/tor"; BindReadOnlyPaths = [ builtins.storeDir "/etc" ]; BindPaths = [ "/var/lib/tor" ];"#,
    );
    let ran = bundle(["--expr", &expression, "-o"]).arg(&out).succeeds()?;
    assert!(!ran.stderr.contains("warning"), "{}", ran.stderr);
    let text = drop_in(&out, "tor.service")?;
    let (own, closure) = text
        .split_once("BindReadOnlyPaths=/nix/store/")
        .unwrap_or_default();
    assert!(
        own.ends_with(
            "[Service]\nTemporaryFileSystem=/nix/store:ro\nBindReadOnlyPaths=\nBindPaths=/var/lib/tor\nBindReadOnlyPaths=/etc\n"
        ),
        "{text}"
    );
    assert!(
        closure.ends_with("-tor\n") && !text.contains("RootDirectory"),
        "{text}"
    );
    assert_eq!(bundle_json(&out)?["services"]["tor.service"]["adopt"], true);
    Ok(())
}

#[test]
fn what_can_not_be_adopted_is_refused() -> Result<()> {
    for (rest, said) in [
        ("", "confinement.adopt has no effect on tor.service"),
        (
            r#"RootDirectory = "/run/tor"; BindReadOnlyPaths = "/nix";"#,
            "can only replace a bind of /nix/store itself",
        ),
    ] {
        bundle(["--expr", &tor(rest)]).fails(3, &[said])?;
    }
    let shell = tor(r#"RootDirectory = "/run/tor"; RootDirectoryStartOnly = true;"#)
        .replace("adopt = true;", "adopt = true; binSh = \"/bin/sh\";");
    bundle(["--expr", &shell]).fails(3, &["set confinement.binSh to null"])?;
    let without = tor(r#"RootDirectory = "/run/tor";"#).replace("adopt = true;", "");
    bundle(["--expr", &without]).fails(3, &["confinement.adopt = true"])?;
    Ok(())
}
