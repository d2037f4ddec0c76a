//! The machine that services are to run on.

use std::fmt;
use std::str::FromStr;

use anyhow::{Result, bail};

use crate::service::ViewObstacle;

/// A version of the Linux kernel, major and minor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kernel {
    major: u32,
    minor: u32,
}

impl FromStr for Kernel {
    type Err = anyhow::Error;

    /// Reads what `uname -r` prints: `6.12`, `6.12.1-hardened` …
    fn from_str(text: &str) -> Result<Self> {
        let mut numbers = text.split(|c: char| !c.is_ascii_digit());
        let mut next = || numbers.next()?.parse().ok();
        match (next(), next()) {
            (Some(major), Some(minor)) => Ok(Self { major, minor }),
            _ => bail!("{text:?} is not a version of Linux: write it as 6.12"),
        }
    }
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// EROFS files in chunks came with Linux 5.15; overlayfs follows redirects since 4.10, in metadata-only files since 4.19.
const VIEW_KERNEL: Kernel = Kernel {
    major: 5,
    minor: 15,
};

/// From this version on systemd sees through an overlay (systemd pull request 43223).
const TRANSPARENT_KERNEL: Kernel = Kernel { major: 7, minor: 2 };

/// What is known about the target machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// Its kernel.
    pub kernel: Option<Kernel>,
    /// Whether its store is a read-only mount.
    pub store_is_read_only: Option<bool>,
    /// Whether its store is an overlay over another.
    pub store_is_stacked: Option<bool>,
    /// Whether its systemd has `RestrictFileSystemAccess=`.
    pub restricts_access: Option<bool>,
}

impl Machine {
    /// The known reason why a view does not work there.
    pub(super) fn obstacle(self) -> Option<ViewObstacle> {
        let is_before = |version| self.kernel.is_some_and(|kernel| kernel < version);
        if is_before(VIEW_KERNEL) {
            Some(ViewObstacle::OldKernel)
        } else if self.restricts_access == Some(true)
            && (self.kernel.is_none() || is_before(TRANSPARENT_KERNEL))
        {
            Some(ViewObstacle::RestrictedAccess)
        } else if self.store_is_stacked == Some(true) {
            Some(ViewObstacle::StackedStore)
        } else {
            None
        }
    }
}
