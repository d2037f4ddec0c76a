//! Settings of paths in the root: what `confinix enter` applies, and what it says that it does not.

use std::fs;

use anyhow::Result;

use super::{Root, TOOLS};
use crate::support::scratch;

/// A root with a directory of the host at /mnt, /opt and /home, and what it says and prints about these places.
fn seen(settings: &str) -> Result<(String, String)> {
    let scratch = scratch()?;
    fs::create_dir_all(scratch.path().join("sub"))?;
    let host = scratch.path().display();
    let root = Root::of(&format!(
        r#"{{ services.web.serviceConfig = {{
            ExecStart = builtins.toFile "web" "w";
            BindReadOnlyPaths = {TOOLS};
            BindPaths = [ "{host}:/mnt" "{host}:/opt" "{host}:/home" ];
            {settings}
        }}; }}"#
    ))?;
    let words = "for place in /mnt /mnt/sub /opt /home /var; do
        if [ ! -e $place ]; then echo $place is hidden
        elif (: > $place/x) 2>/dev/null; then echo $place is writable
        fi
    done";
    let ran = root.enter(["--", "sh", "-c", words]).succeeds()?;
    Ok((ran.stdout, ran.stderr))
}

#[test]
fn settings_of_whole_mounts_apply() -> Result<()> {
    let (places, said) = seen(
        r#"ReadOnlyPaths = [ "+/opt" "/mnt" ]; InaccessiblePaths = [ "+/home" "/mnt" ]; ReadWritePaths = "/var";"#,
    )?;
    assert_eq!(
        places,
        "/mnt is writable\n/mnt/sub is writable\n/home is hidden\n"
    );
    assert_eq!(said, "");
    Ok(())
}

#[test]
fn settings_that_do_not_apply_are_said() -> Result<()> {
    let (places, said) = seen(
        r#"ReadOnlyPaths = "+/mnt/sub"; InaccessiblePaths = "+/home/sub"; ReadWritePaths = "+/var";"#,
    )?;
    assert_eq!(
        places,
        "/mnt is writable\n/mnt/sub is writable\n/opt is writable\n/home is writable\n"
    );
    assert_eq!(
        said,
        "Differences from web.service as deployed:
  InaccessiblePaths=, ReadOnlyPaths=: only whole mounts are affected, not paths in them
  ReadWritePaths=: paths that are not mounts stay read-only
"
    );
    Ok(())
}
