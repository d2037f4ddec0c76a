//! The user's choice of how a closure gets into the root of a service.

use std::fmt;
use std::str::FromStr;

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

use crate::text::enumerated;

/// How the closure gets into the service's root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// A `BindReadOnlyPaths=` for each path; works everywhere.
    Bind,
    /// A `BindPaths=` for each path, which inherits the read-only flag of a store that is mounted read-only; faster.
    Inherit,
    /// One bind of a view (see [`crate::view`]); takes the same time for any closure.
    Image,
}

impl Strategy {
    /// All values.
    pub const ALL: [Self; 3] = [Self::Bind, Self::Inherit, Self::Image];

    /// Returns the name in options.
    pub fn name(self) -> &'static str {
        self.means().name
    }

    /// Returns what it does, in a few words.
    pub fn purpose(self) -> &'static str {
        self.means().purpose
    }

    /// Whether the closure is a single mount, of a view, in which a store path that is a symlink stays one.
    pub fn is_view(self) -> bool {
        self.means().is_view
    }

    /// Whether the mounts of the closure are read-only even if the host's store is not.
    pub fn is_read_only(self) -> bool {
        self.means().is_read_only
    }

    /// Whether the root gets an empty store directory for the mount points of the store paths.
    pub fn has_store_directory(self) -> bool {
        self.means().has_store_directory
    }

    /// The only place that knows the strategies apart, besides `auto`'s choice of one.
    fn means(self) -> Means {
        match self {
            Self::Bind => Means {
                name: "bind",
                purpose: "a read-only bind mount per path, works everywhere",
                is_view: false,
                is_read_only: true,
                has_store_directory: true,
            },
            Self::Inherit => Means {
                name: "inherit",
                purpose: "a bind mount per path that is as read-only as the host's store",
                is_view: false,
                is_read_only: false,
                has_store_directory: true,
            },
            Self::Image => Means {
                name: "image",
                purpose: "one bind mount of a view of the store, which takes the same time for any closure",
                is_view: true,
                is_read_only: true,
                has_store_directory: false,
            },
        }
    }
}

/// What a strategy does; see the methods of [`Strategy`].
struct Means {
    name: &'static str,
    purpose: &'static str,
    is_view: bool,
    is_read_only: bool,
    has_store_directory: bool,
}

/// The reason why a view does not work on the target machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ViewObstacle {
    /// Its kernel can't mount a view.
    OldKernel,
    /// systemd runs programs only from file systems that dm-verity protects, and does not recognise them behind a view.
    RestrictedAccess,
    /// Its store is already an overlay over another: overlayfs does not allow a third.
    StackedStore,
}

impl fmt::Display for ViewObstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OldKernel => "a view needs Linux 5.15",
            Self::RestrictedAccess => {
                "with systemd's RestrictFileSystemAccess= nothing runs from a view before Linux 7.2"
            }
            Self::StackedStore => {
                "the store is an overlay over another, and overlayfs can't put a view over it"
            }
        })
    }
}

/// The strategy that a user has chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Choice {
    /// The fastest strategy that works on the target machine.
    #[default]
    Auto,
    /// This strategy.
    Only(Strategy),
}

impl Choice {
    /// All values.
    pub fn all() -> impl Iterator<Item = Self> {
        let each = Strategy::ALL.into_iter().map(Self::Only);
        std::iter::once(Self::Auto).chain(each)
    }

    /// Returns the name in options.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Only(strategy) => strategy.name(),
        }
    }
}

impl FromStr for Choice {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self> {
        if let Some(choice) = Self::all().find(|choice| choice.name() == text) {
            return Ok(choice);
        }
        let names: Vec<_> = Self::all().map(Self::name).collect();
        bail!(
            "{text:?} is not a strategy: expected one of {}",
            enumerated(&names)
        )
    }
}

impl TryFrom<String> for Choice {
    type Error = anyhow::Error;
    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Choice> for String {
    fn from(choice: Choice) -> Self {
        choice.name().to_owned()
    }
}
