//! Stores behind another process: the daemon, and another machine through ssh.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Result;

use crate::support::{CHECKOUT, bundle, confinix, fake, files, scratch, shop};

/// `nix daemon`, as on multi-user machines; ended when dropped.
struct Daemon(Child);

impl Daemon {
    fn listening_on(socket: &Path) -> Result<Self> {
        let daemon = Self(
            Command::new("nix")
                .stderr(Stdio::null())
                .args(["--extra-experimental-features", "nix-command", "daemon"])
                .env("NIX_DAEMON_SOCKET_PATH", socket)
                .spawn()?,
        );
        for _ in 0..200 {
            if socket.exists() {
                return Ok(daemon);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        anyhow::bail!("the daemon does not listen");
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The bundle of the shop made through `store` must equal that of the store itself, and its paths must exist there.
fn is_the_same_through(store: &str, path: &str) -> Result<()> {
    let scratch = scratch()?;
    let out = scratch.path().join("out");
    bundle(["--store", store, "-f", "fixtures/shop", "-o"])
        .arg(&out)
        .within(CHECKOUT)
        .env("PATH", path)
        .succeeds()?;
    assert_eq!(files(&out)?, files(shop()?)?);
    confinix(["verify", "--store", store])
        .arg(&out)
        .env("PATH", path)
        .succeeds()?;
    Ok(())
}

#[test]
fn the_daemon_is_asked() -> Result<()> {
    let scratch = scratch()?;
    let socket = scratch.path().join("socket");
    let _daemon = Daemon::listening_on(&socket)?;
    let path = std::env::var("PATH")?;
    is_the_same_through(&format!("unix://{}", socket.display()), &path)
}

/// Nix's own client and server communicate, without a network between them.
#[test]
fn a_store_behind_ssh_is_asked() -> Result<()> {
    let scratch = scratch()?;
    let ssh = "while [ \"$1\" != nix-daemon ]; do\n  [ $# -gt 1 ] || exec sh -c \"$1\"\n  shift\ndone\nexec \"$@\"";
    let path = fake(scratch.path(), &["ssh"], ssh)?;
    is_the_same_through("ssh-ng://elsewhere", &path)
}
