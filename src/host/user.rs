//! The service manager of the user that runs confinix.

use std::collections::BTreeMap;
use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

/// The socket of a manager below the runtime directory of its user.
const SOCKET: &str = "systemd/private";

/// The first systemd whose user managers have a directory for state.
const HAS_STATE: u32 = 254;

/// The runtime directory of the user (`XDG_RUNTIME_DIR`), in which the manager has its socket. Fails if no manager can be found.
pub fn runtime_directory() -> Result<PathBuf> {
    let Some(runtime) = absolute("XDG_RUNTIME_DIR") else {
        bail!(
            "XDG_RUNTIME_DIR is not set, so your service manager can't be found: run this as the user whose services they are, in a session of theirs (a login or ssh, not su or sudo)"
        );
    };
    let socket = runtime.join(SOCKET);
    if !socket.exists() {
        bail!(
            "{} does not exist, so no service manager of yours runs: have it started (as root: loginctl enable-linger USER)",
            socket.display()
        );
    }
    Ok(runtime)
}

/// The socket of the user's manager.
pub fn socket() -> Result<PathBuf> {
    Ok(runtime_directory()?.join(SOCKET))
}

/// A directory of the user: the value of this variable, or this one in the home directory (the XDG base directory specification).
pub fn directory(variable: &str, in_home: &str) -> Result<PathBuf> {
    let home = || absolute("HOME").map(|home| home.join(in_home));
    let found = absolute(variable).or_else(home);
    found.with_context(|| format!("neither {variable} nor HOME is an absolute path: set HOME"))
}

fn absolute(variable: &str) -> Option<PathBuf> {
    let value = env::var_os(variable).map(PathBuf::from);
    value.filter(|path| path.is_absolute())
}

/// What the user's manager puts in place of specifiers (systemd.unit(5)), in this version of systemd; before 254, the state is in the
/// configuration (`specifier_special_directory`). Those without a value here are unknown.
pub fn specifiers(version: u32) -> Result<BTreeMap<char, String>> {
    let configuration = directory("XDG_CONFIG_HOME", ".config")?;
    let state = match version {
        ..HAS_STATE => configuration.clone(),
        _ => directory("XDG_STATE_HOME", ".local/state")?,
    };
    let directories = [
        ('t', runtime_directory()?),
        (
            'h',
            absolute("HOME").context("HOME is not an absolute path: set it")?,
        ),
        ('C', directory("XDG_CACHE_HOME", ".cache")?),
        ('E', configuration),
        ('L', state.join("log")),
        ('S', state),
    ];
    let directories =
        directories.map(|(letter, path)| (letter, path.to_string_lossy().into_owned()));
    let user = rustix::process::geteuid().as_raw().to_string();
    let group = rustix::process::getegid().as_raw().to_string();
    Ok(directories
        .into_iter()
        .chain([('U', user), ('G', group)])
        .collect())
}
