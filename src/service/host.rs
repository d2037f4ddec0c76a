//! Hosts of a fleet, and their services.

use std::fmt;
use std::sync::Arc;

use anyhow::{Result, bail};
use globset::GlobMatcher;
use serde::Serialize;

use super::UnitName;
use super::select::parse_glob;

/// The name of a host: an attribute of a set of hosts, or the name of a bundle. It can be the name of a directory, and the host in
/// `host:service`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct HostName(Arc<str>);

/// The maximum length of a name in bytes, which is that of a file name.
const MAX_LEN: usize = 255;

impl HostName {
    /// Parses a name. The error describes the mistake.
    pub fn parse(text: &str) -> Result<Self> {
        let problem = if text.is_empty() {
            "it is empty"
        } else if text.len() > MAX_LEN {
            "it is longer than 255 bytes"
        } else if text.starts_with('.') {
            "it begins with a dot"
        } else if text.contains(['/', ':']) || text.chars().any(char::is_control) {
            "it contains '/', ':' or a control character"
        } else {
            return Ok(Self(text.into()));
        };
        bail!("{text:?} can't be the name of a host: {problem}; rename the attribute or directory");
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A glob over the names of hosts.
#[derive(Clone, Debug)]
pub struct HostGlob(GlobMatcher);

impl HostGlob {
    /// Parses a glob. The error describes the mistake.
    pub fn parse(glob: &str) -> Result<Self> {
        parse_glob(glob).map(Self)
    }

    /// Returns the glob as it was written.
    pub fn as_str(&self) -> &str {
        self.0.glob().glob()
    }

    /// Returns whether it matches a name.
    pub fn matches(&self, name: &str) -> bool {
        self.0.is_match(name)
    }
}

/// A service of a host: `web1:nginx.service`. Without a fleet, only the service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct HostService {
    /// The host; `None` if it is the only one.
    pub host: Option<HostName>,
    /// The service.
    #[serde(rename = "name")]
    pub unit: UnitName,
}

impl HostService {
    /// Returns the name without `.service`.
    pub fn stem(&self) -> String {
        match &self.host {
            Some(host) => format!("{host}:{}", self.unit.stem()),
            None => self.unit.stem().to_owned(),
        }
    }
}

impl From<UnitName> for HostService {
    fn from(unit: UnitName) -> Self {
        Self { host: None, unit }
    }
}

impl fmt::Display for HostService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Some(host) => write!(f, "{host}:{}", self.unit),
            None => self.unit.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_be_a_directory_and_be_told_from_its_service() -> Result<()> {
        for name in ["web1", "web 1", "wéb.example.org", "-x"] {
            assert_eq!(HostName::parse(name)?.as_str(), name);
        }
        for name in ["", ".", "..", ".x", "a/b", "a:b", "a\nb", "a\0b"] {
            assert!(HostName::parse(name).is_err(), "{name:?} was accepted");
        }
        assert!(HostName::parse(&"a".repeat(256)).is_err());
        Ok(())
    }
}
