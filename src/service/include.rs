//! Optional parts of a service's closure.

use std::str::FromStr;

use anyhow::{Result, bail};

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
        Ok(match text {
            "path" => Self::Path,
            "path-without-systemd" => Self::PathWithoutSystemd,
            "environment" => Self::Environment,
            _ => bail!("there are path, path-without-systemd and environment"),
        })
    }
}
