//! One mount of a root.

use std::borrow::Cow;

use anyhow::{Result, bail};

use crate::systemd::{ExecDirectories, path_word};

/// One mount, or something else that systemd makes in a root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount<'a> {
    /// Where it is, in the root.
    pub target: Cow<'a, str>,
    /// What it shows.
    pub kind: MountKind<'a>,
    /// Whether it is read-only itself. Of a bind that is not, the mount that it is taken from tells: it inherits that.
    pub read_only: bool,
    /// Whether the service starts without it where the host lacks it.
    pub optional: bool,
}

/// What a mount shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MountKind<'a> {
    /// A file or directory of the host.
    Bind {
        /// Which.
        source: Cow<'a, str>,
    },
    /// The program that the service has as /bin/sh.
    Shell {
        /// Which.
        source: Cow<'a, str>,
    },
    /// A path of the closure.
    StorePath {
        /// The path, or what it leads to.
        source: Cow<'a, str>,
    },
    /// The view of the closure.
    View {
        /// Where the host has it.
        source: Cow<'a, str>,
    },
    /// A directory that systemd makes for the service (`StateDirectory=` and its like), and keeps on the host.
    Directory(ExecDirectories),
    /// A symlink to one of them.
    Link {
        /// Where it leads.
        target: Cow<'a, str>,
    },
    /// A directory for temporary files, empty when the service starts.
    PrivateTmp,
    /// /dev
    Devices(Devices),
    /// /proc
    Processes,
    /// /sys
    Kernel,
    /// An empty file system (`TemporaryFileSystem=`).
    Empty {
        /// The mode of its directory, where an option sets it.
        mode: Option<u32>,
    },
    /// The empty /run that `MountAPIVFS=` brings. Each command has its own.
    Run,
    /// Nothing that can be entered (`InaccessiblePaths=`).
    Inaccessible,
}

/// Which devices a service has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Devices {
    /// Those of the host.
    All,
    /// Those that do no harm (`PrivateDevices=`).
    Few,
}

impl Devices {
    /// What is in /dev with `PrivateDevices=` (`mount_private_dev`).
    pub const FEW: [&'static str; 17] = [
        "core",
        "fd",
        "full",
        "hugepages",
        "log",
        "mqueue",
        "null",
        "ptmx",
        "pts",
        "random",
        "shm",
        "stderr",
        "stdin",
        "stdout",
        "tty",
        "urandom",
        "zero",
    ];
}

impl<'a> Mount<'a> {
    /// A mount that can be written to and has to be there.
    pub fn new(target: impl Into<Cow<'a, str>>, kind: MountKind<'a>) -> Self {
        Self {
            target: target.into(),
            kind,
            read_only: false,
            optional: false,
        }
    }

    /// Something of the host shown elsewhere, read-only.
    pub fn bind(source: &'a str, target: &'a str) -> Self {
        let kind = MountKind::Bind {
            source: source.into(),
        };
        Self {
            read_only: true,
            ..Self::new(target, kind)
        }
    }

    /// Something of the host shown where it is, read-only.
    pub fn here(source: &'a str) -> Self {
        Self::bind(source, source)
    }

    /// The same, if the host has it.
    pub fn optional(source: &'a str) -> Self {
        Self {
            optional: true,
            ..Self::here(source)
        }
    }

    /// The program that the service has as /bin/sh.
    pub fn shell(program: &'a str) -> Self {
        let kind = MountKind::Shell {
            source: program.into(),
        };
        Self {
            read_only: true,
            ..Self::new("/bin/sh", kind)
        }
    }

    /// What of the host it shows; `None` if it is no bind.
    pub fn source(&self) -> Option<&str> {
        match &self.kind {
            MountKind::Bind { source }
            | MountKind::Shell { source }
            | MountKind::StorePath { source }
            | MountKind::View { source } => Some(source),
            _ => None,
        }
    }

    /// The setting that makes a bind.
    pub fn setting(&self) -> &'static str {
        if self.read_only {
            "BindReadOnlyPaths"
        } else {
            "BindPaths"
        }
    }

    /// The setting that makes a bind, and the word for it.
    pub fn assignment(&self) -> Result<(&'static str, String)> {
        let mut word = String::new();
        self.push_word(&mut word)?;
        Ok((self.setting(), word))
    }

    /// Adds the word of a bind.
    pub fn push_word(&self, text: &mut String) -> Result<()> {
        let Some(source) = self.source() else {
            bail!("{} is not a bind", self.target);
        };
        if self.optional {
            text.push('-');
        }
        text.push_str(&path_word(source)?);
        if source != self.target || matches!(self.kind, MountKind::Shell { .. }) {
            text.push(':');
            text.push_str(&path_word(&self.target)?);
        }
        Ok(())
    }
}
