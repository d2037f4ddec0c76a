//! The README shows what confinix prints.

use std::fs;

use anyhow::{Context, Result};

use crate::support::{confinix, fixture, scratch};

#[test]
fn the_first_session_is_what_is_printed() -> Result<()> {
    let readme = fs::read_to_string(fixture("README.md"))?;
    let session = readme
        .split_once("```console\n")
        .and_then(|(_, rest)| rest.split_once("```"))
        .context("there is no session")?
        .0;
    let scratch = scratch()?;
    fs::copy(
        fixture("fixtures/demo/demo.nix"),
        scratch.path().join("services.nix"),
    )?;
    let policy = "[[rule]]\ndeny = [{ package = \"tls\", reason = \"TLS ends at the proxy\" }]\n";
    for line in policy.lines() {
        assert!(readme.contains(&format!("`{line}`")), "{line} is not told");
    }
    fs::write(scratch.path().join("confinix.toml"), policy)?;
    let mut commands = 0;
    for step in session.split("$ confinix ").skip(1) {
        let (command, printed) = step.split_once('\n').context("nothing is printed")?;
        let ran = confinix(command.split(' ')).within(scratch.path()).run()?;
        assert_eq!(ran.stdout.trim_end(), printed.trim_end(), "{command}");
        commands += 1;
    }
    assert_eq!(commands, 4);
    Ok(())
}
