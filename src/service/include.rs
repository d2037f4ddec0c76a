//! Optional parts of a service's closure.

use std::str::FromStr;

use anyhow::{Result, bail};

use crate::text::enumerated;

/// A part of a service whose store paths join its closure on request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Include {
    /// The packages of `path`.
    Path,
    /// The same without systemd, which NixOS puts on the `PATH` of every service.
    PathWithoutSystemd,
    /// The store paths in the variables of `environment`.
    Environment,
}

impl Include {
    /// All values.
    pub const ALL: [Self; 3] = [Self::Path, Self::PathWithoutSystemd, Self::Environment];

    /// Returns the name in options.
    pub fn name(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::PathWithoutSystemd => "path-without-systemd",
            Self::Environment => "environment",
        }
    }
}

impl FromStr for Include {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self> {
        let mut all = Self::ALL.into_iter();
        if let Some(include) = all.find(|include| include.name() == text) {
            return Ok(include);
        }
        bail!("expected one of {}", enumerated(&Self::ALL.map(Self::name)))
    }
}
