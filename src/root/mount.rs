//! One mount of a root.

use std::borrow::Cow;

use anyhow::{Result, bail};

use crate::systemd::{ExecDirectories, Setting, path_word};

/// One mount, or something else that systemd creates in a root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount<'a> {
    /// Its path in the root.
    pub target: Cow<'a, str>,
    /// What it shows.
    pub kind: MountKind<'a>,
    /// Whether it is read-only itself. Otherwise, a bind inherits this from its source's mount.
    pub read_only: bool,
    /// Whether the service starts if the host lacks it.
    pub optional: bool,
    /// The entry of a list that makes it, as it is in the unit or its drop-in; `None` if it has another reason.
    pub word: Option<String>,
}

/// What a mount shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MountKind<'a> {
    /// A file or directory of the host.
    Bind {
        /// Which.
        source: Cow<'a, str>,
    },
    /// The program at /bin/sh.
    Shell {
        /// Which.
        source: Cow<'a, str>,
    },
    /// A path of the closure.
    StorePath {
        /// The path, or its target.
        source: Cow<'a, str>,
    },
    /// The view of the closure.
    View {
        /// Its path on the host.
        source: Cow<'a, str>,
    },
    /// A directory that systemd creates for the service (`StateDirectory=` and its like) and keeps on the host.
    Directory(ExecDirectories),
    /// A symlink to one of them.
    Link {
        /// Its target.
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
        /// The mode of its directory, if an option sets it.
        mode: Option<u32>,
    },
    /// The empty /run of `MountAPIVFS=`. Each command has its own.
    Run,
    /// An inaccessible path (`InaccessiblePaths=`).
    Inaccessible,
}

/// The devices of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Devices {
    /// All devices of the host.
    All,
    /// Only harmless ones (`PrivateDevices=`).
    Few,
}

impl Devices {
    /// The content of /dev with `PrivateDevices=` (`mount_private_dev`).
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
    /// A writable, required mount.
    pub fn new(target: impl Into<Cow<'a, str>>, kind: MountKind<'a>) -> Self {
        Self {
            target: target.into(),
            kind,
            read_only: false,
            optional: false,
            word: None,
        }
    }

    /// A path of the host, shown at another path, read-only.
    pub fn bind(source: &'a str, target: &'a str) -> Self {
        let kind = MountKind::Bind {
            source: source.into(),
        };
        Self {
            read_only: true,
            ..Self::new(target, kind)
        }
    }

    /// A path of the host, shown at the same path, read-only.
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

    /// The program at /bin/sh.
    pub fn shell(program: &'a str) -> Self {
        let kind = MountKind::Shell {
            source: program.into(),
        };
        Self {
            read_only: true,
            ..Self::new("/bin/sh", kind)
        }
    }

    /// This program at /bin/sh, as a view has it at `source`; nothing if it has none.
    #[must_use]
    pub fn of_view(self, source: &str) -> Self {
        let kind = MountKind::Shell {
            source: source.to_owned().into(),
        };
        Self {
            kind,
            optional: true,
            ..self
        }
    }

    /// The path of the host that it shows; `None` if it is not a bind.
    pub fn source(&self) -> Option<&str> {
        match &self.kind {
            MountKind::Bind { source }
            | MountKind::Shell { source }
            | MountKind::StorePath { source }
            | MountKind::View { source } => Some(source),
            _ => None,
        }
    }

    /// The entry that makes it, with its setting; `None` if it has another reason.
    pub fn entry(&self) -> Option<(Setting, &str)> {
        let setting = match &self.kind {
            MountKind::Bind { .. } if self.read_only => Setting::BindReadOnlyPaths,
            MountKind::Bind { .. } => Setting::BindPaths,
            MountKind::Empty { .. } => Setting::TemporaryFileSystem,
            MountKind::Inaccessible => Setting::InaccessiblePaths,
            _ => return None,
        };
        Some((setting, self.word.as_deref()?))
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
