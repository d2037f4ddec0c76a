//! A throwaway systemd: a container that boots on a copy-on-write view of a file system tree and leaves nothing behind.
//!
//! [`Guest::boot`] starts two processes of confinix itself. One ([`become_guest`]) prepares mounts in a mount namespace of its own and
//! becomes systemd-nspawn. The other ([`watch`]) waits until the first process of the guest's owner has ended, however it ended, and
//! then kills the guest and removes what it left: its control group and its directory. If it was killed too, the watcher of a later guest
//! does that.

mod boot;
mod control_group;
mod guard;
mod inside;
mod keep;
mod nixos;
mod place;
mod run;
mod setup;
mod tools;
mod tree;
mod units;
mod users;
mod watch;

pub use boot::Guest;
pub use guard::{Excess, Resource};
pub use inside::become_guest;
pub use setup::Setup;
pub use tools::check;
pub use tree::nixos_at;
pub use units::{TARGET, stays_behind};
pub use watch::watch;

use std::path::{Path, PathBuf};

/// A path in a tree that is mounted at `root`.
fn within(root: &Path, path: &Path) -> PathBuf {
    root.join(path.strip_prefix("/").unwrap_or(path))
}
