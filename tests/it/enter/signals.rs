//! Signals while a command runs in the root of a service.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::{MANY, Root, TOOLS};
use crate::support::program;

/// Starts a command that reports when it is ready, sends a signal, and waits.
fn signalled(
    root: &Root,
    words: &str,
    signal: &str,
    to_group: bool,
) -> Result<(Option<i32>, String)> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_confinix"))
        .arg("enter")
        .arg(root.bundle())
        .args(["web", "--", "sh", "-c", words])
        .stdout(Stdio::piped())
        .process_group(0)
        .spawn()?;
    let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
    ensure!(lines.next().context("nothing was said")?? == "ready");
    let to = if to_group {
        format!("-{}", child.id())
    } else {
        child.id().to_string()
    };
    program("kill", ["-s", signal, "--", &to]).succeeds()?;
    let rest: Vec<_> = lines.collect::<Result<_, _>>()?;
    Ok((child.wait()?.code(), rest.join("\n")))
}

#[test]
fn ctrl_c_goes_to_the_command() -> Result<()> {
    // The command gets the time it needs, although bubblewrap ends at once.
    let words = "trap 'sleep 0.3; echo caught; exit' INT; echo ready; while :; do sleep 0.1; done";
    assert_eq!(
        signalled(&Root::new("")?, words, "INT", true)?,
        (Some(130), "caught".to_owned())
    );
    Ok(())
}

#[test]
fn nothing_is_left_running() -> Result<()> {
    let words = "trap '' TERM; echo ready; while :; do sleep 0.1; done";
    let (small, large) = (Root::new("")?, Root::of(&MANY.replace("TOOLS", TOOLS))?);
    for (root, signal) in [(&small, "TERM"), (&small, "HUP"), (&large, "TERM")] {
        let (code, _) = signalled(root, words, signal, false)?;
        assert_eq!(code, Some(137), "{signal}");
    }
    Ok(())
}
