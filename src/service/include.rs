//! What else of a unit may join its closure.

use std::str::FromStr;

use anyhow::{Result, bail};

/// A part of a service whose store paths join its closure where that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Include {
    /// The packages of `path`.
    Path,
    /// The same without systemd, which NixOS puts on the `PATH` of every service.
    PathWithoutSystemd,
    /// What the variables of `environment` name.
    Environment,
}

impl Include {
    /// The name as options have it.
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
