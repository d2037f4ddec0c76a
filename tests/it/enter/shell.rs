//! The shell that `confinix enter` starts.

use std::fs;

use anyhow::Result;

use super::Root;
use crate::support::{install, nix};

#[test]
fn without_a_command_there_is_a_shell() -> Result<()> {
    let root = Root::new("")?;
    let ran = root
        .enter([])
        .input("echo $0; exit 4")
        .run()?
        .with_code(4)?;
    assert_eq!(ran.stdout, "/bin/sh\n");
    let shell = fs::canonicalize("/bin/sh")?.display().to_string();
    let own = Root::of(&format!(
        r#"{{ services.web = {{ confinement.binSh = "{shell}"; serviceConfig = {{ ExecStart = builtins.toFile "web" "w"; BindReadOnlyPaths = [ "-/lib" "-/lib64" "-/nix/store" ]; }}; }}; }}"#
    ))?;
    let ran = own
        .enter([])
        .input("echo $0; echo /bin/*")
        .run()?
        .with_code(0)?;
    assert_eq!(ran.stdout, "/bin/sh\n/bin/sh\n");
    Ok(())
}

#[test]
fn a_shell_is_brought_along() -> Result<()> {
    let root = Root::of(
        r#"{ services.web = { confinement.binSh = null; serviceConfig = { ExecStart = builtins.toFile "web" "w"; BindReadOnlyPaths = [ "-/usr" "-/lib" "-/lib64" ]; }; }; }"#,
    )?;
    root.enter([])
        .fails(3, &["web.service has no /bin/sh", "--shell"])?;
    root.enter(["--shell", "/not/there"])
        .fails(3, &["cannot look for a shell in /not/there"])?;
    root.enter(["--shell", "/usr/bin/env"])
        .fails(3, &["is not in /nix/store"])?;
    let place = root.scratch.path().join("tools");
    fs::create_dir_all(place.join("bin"))?;
    install("/bin/sh", &place.join("bin/dash"))?;
    let added = nix(["store", "add-path", "--name", "tools"])
        .arg(&place)
        .succeeds()?;
    let tools = added.stdout.trim();
    let ran = root
        .enter(["--shell", tools])
        .input("echo $0; echo ${PATH##*:}; ls /nix/store | wc -l")
        .succeeds()?;
    assert_eq!(ran.stdout, format!("{tools}/bin/dash\n{tools}/bin\n2\n"));
    assert!(
        ran.stderr.contains(&format!(
            "added for the shell: {tools} with its closure (1 store paths)"
        )),
        "{}",
        ran.stderr
    );
    let ran = root
        .enter(["--shell", tools, "--", "dash", "-c", "echo /nix/*"])
        .succeeds()?;
    assert_eq!(ran.stdout, "/nix/store\n");
    let other = root.scratch.path().join("file");
    fs::write(&other, "")?;
    let added = nix(["store", "add-path", "--name", "none"])
        .arg(&other)
        .succeeds()?;
    root.enter(["--shell", added.stdout.trim()])
        .fails(3, &["has no shell"])?;
    Ok(())
}
