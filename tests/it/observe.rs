//! What a run of a service touches, and what it does not find.

mod command;
mod tracer;
mod watch;

use std::process::{Command, Stdio};

fn has_strace() -> bool {
    let mut strace = Command::new("strace");
    let version = strace.arg("--version").stdout(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}
