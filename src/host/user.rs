//! The service manager of the user that runs confinix.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

/// The socket of a manager below the runtime directory of its user.
const SOCKET: &str = "systemd/private";

/// The runtime directory of the user (`XDG_RUNTIME_DIR`), in which the manager has its socket. Fails if none runs that can be found.
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

/// Replaces the specifiers of a setting that depend on the user (systemd.unit(5)). `%S`, `%L` and `%E` depend on the version of systemd too, and
/// are kept.
pub fn expanded(text: &str) -> Result<String> {
    let user = rustix::process::geteuid().as_raw().to_string();
    let of = |directory: Result<PathBuf>| Ok(directory?.to_string_lossy().into_owned());
    let mut expanded = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            expanded.push(c);
            continue;
        }
        let value: Result<String> = match chars.next() {
            Some('t') => of(runtime_directory()),
            Some('h') => of(directory("HOME", "")),
            Some('C') => of(directory("XDG_CACHE_HOME", ".cache")),
            Some('U') => Ok(user.clone()),
            other => Ok(['%'].into_iter().chain(other).collect()),
        };
        expanded.push_str(&value?);
    }
    Ok(expanded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_depends_on_the_user_is_replaced() -> Result<()> {
        let user = rustix::process::geteuid().as_raw();
        assert_eq!(expanded("/a/%%U/%U/%n%")?, format!("/a/%%U/{user}/%n%"));
        Ok(())
    }
}
