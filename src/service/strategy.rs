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
        match self {
            Self::Bind => "bind",
            Self::Inherit => "inherit",
            Self::Image => "image",
        }
    }
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
