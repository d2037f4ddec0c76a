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
    /// The same package, with the store path that `find` knows for its attribute if it has none.
    pub(super) fn with_path(&self, find: &dyn Fn(&str) -> Option<String>) -> Self {
        let found = || self.attribute.as_deref().and_then(find);
        Self {
            attribute: self.attribute.clone(),
            path: self.path.clone().or_else(found),
        }
    }

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

    /// The same, with store paths for packages as [`Package::with_path`].
    pub(super) fn with_paths(&self, find: &dyn Fn(&str) -> Option<String>) -> Self {
        let part = |part: &Part| match part {
            Part::Text(text) => Part::Text(text.clone()),
            Part::Package(package) => Part::Package(package.with_path(find)),
        };
        Self(self.0.iter().map(part).collect())
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
