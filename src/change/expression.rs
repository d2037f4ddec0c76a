//! Texts that contain the paths of packages.

use std::fmt;

use crate::store;

/// A package, by its name, one of its store paths, or both.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Package {
    /// Its attribute in nixpkgs.
    pub attribute: Option<String>,
    /// One of its store paths.
    pub path: Option<String>,
}

impl Package {
    /// Its attribute in nixpkgs, or the name in its store path.
    pub(super) fn name(&self) -> String {
        let path = self.path.as_deref().unwrap_or_default();
        let base = path.rsplit('/').next().unwrap_or_default();
        let of_path = base.split_once('-').map_or(base, |(_, name)| name);
        let name = self.attribute.as_deref();
        name.unwrap_or_else(|| store::Package::parse(of_path).name)
            .to_owned()
    }
}

impl fmt::Display for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.attribute.as_deref().or(self.path.as_deref());
        f.write_str(name.unwrap_or_default())
    }
}

/// A text that may contain the paths of packages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expression(pub(super) Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// This text.
    Text(String),
    /// The path of this package.
    Package(Package),
}

impl Expression {
    /// Makes the path of a package, followed by `rest`.
    pub fn of(package: &Package, rest: impl Into<String>) -> Self {
        Self(vec![
            Part::Package(package.clone()),
            Part::Text(rest.into()),
        ])
    }

    /// Appends another expression.
    #[must_use]
    pub fn then(mut self, other: impl Into<Self>) -> Self {
        self.0.extend(other.into().0);
        self
    }

    /// Returns the text with the store paths of the packages; `None` if one is not known.
    pub(super) fn plain(&self) -> Option<String> {
        let parts = self.0.iter().map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            Part::Package(package) => package.path.as_deref(),
        });
        parts.collect()
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.0 {
            match part {
                Part::Text(text) => f.write_str(text)?,
                Part::Package(package) => write!(f, "{package}")?,
            }
        }
        Ok(())
    }
}

impl From<&str> for Expression {
    fn from(text: &str) -> Self {
        Self(vec![Part::Text(text.to_owned())])
    }
}

impl From<String> for Expression {
    fn from(text: String) -> Self {
        Self(vec![Part::Text(text)])
    }
}
